import { createClient, ParleyError } from "../../../src/client/index.ts";
import type {
  CommandInput,
  CommandType,
  ParleyClient,
  LogPosition,
  Realtime,
  Room,
  UserEventEnvelope,
} from "../../../src/client/index.ts";
import type { Person } from "../../e2e/support/workerd.ts";
import type { Ledger } from "./ledger.ts";
import { Watch } from "./watch.ts";

/** Shorter than people's: a run has minutes, and its cuts are seconds apart. */
const patience = {
  backoff: { minMs: 40, maxMs: 400 },
  connectTimeoutMs: 3_000,
};
const callTimeoutMs = 5_000;

export interface DeviceOptions {
  name: string;
  person: Person;
  /** Of the line to the server. */
  url: string;
  /** One socket for all channels, or one for each. */
  via: "gateway" | "rooms";
  channels: readonly { id: string; seq: number; epoch: string }[];
  ledger: Ledger;
}

/** An application on the client of ours: it can be closed and opened again, and keeps what it was given meanwhile. */
export class Device {
  readonly name: string;
  readonly watches: Watch[];
  readonly faults: string[] = [];
  /** The messages of its own of which it knows that they are there. */
  readonly acknowledged = new Set<string>();
  readonly client: ParleyClient;
  /** Those of its user's own that it was given. */
  readonly own: UserEventEnvelope[] = [];
  readonly #options: DeviceOptions;
  readonly #rooms = new Map<string, Room>();
  #realtime: Realtime | undefined;
  /** Where it is in its user's own events. */
  #ownPlace: LogPosition | undefined;
  #sent = 0;
  #isOpen = false;

  constructor(options: DeviceOptions) {
    const { name, person, url, channels } = options;
    this.#options = options;
    this.name = name;
    this.client = createClient({ url, tokens: person.tokens, timeoutMs: callTimeoutMs });
    this.watches = channels.map(({ id, seq, epoch }) => new Watch(id, person.userId, { seq, epoch }));
  }

  get person(): Person {
    return this.#options.person;
  }

  get via(): DeviceOptions["via"] {
    return this.#options.via;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get isLive(): boolean {
    return this.states.every((state) => state === "live");
  }

  get states(): string[] {
    const rooms = [...this.#rooms.values()].map(({ state }) => state);
    return this.#realtime ? [this.#realtime.state, ...rooms] : rooms;
  }

  get unanswered(): number {
    return [...this.#rooms.values()].reduce((sum, room) => sum + room.unanswered, 0);
  }

  /** Connects to every channel, from where this device is in it. */
  open(): void {
    this.#isOpen = true;
    if (this.#options.via === "gateway") this.#connect();
    for (const watch of this.watches) {
      const { channelId, place: since } = watch;
      const room =
        this.#realtime?.subscribe(channelId, { since }) ??
        this.client.room(channelId, { since, ...patience });
      this.#follow(watch, room);
    }
  }

  /** Closes everything, as an application that ends: what has no answer yet is refused here and now. */
  close(): void {
    this.#isOpen = false;
    this.#ownPlace = this.#realtime?.place ?? this.#ownPlace;
    this.#realtime?.close();
    this.#realtime = undefined;
    for (const room of this.#rooms.values()) room.close();
    this.#rooms.clear();
  }

  /** Says something new in a channel, as a reply where `messageId` is given. */
  async say(channelId: string, messageId?: string): Promise<void> {
    const { name, ledger } = this.#options;
    const content = `${name} ${++this.#sent}`;
    const sent = ledger.open(content, channelId);
    try {
      const { message } = await (messageId === undefined
        ? this.#room(channelId).send("messageCreate", { content })
        : this.#room(channelId).send("threadCreate", { messageId, content }));
      // Sent again after it was edited, it is acknowledged as it is by then.
      if (!message.content.startsWith(content))
        this.faults.push(`${content} was acknowledged as ${message.content}`);
      this.acknowledged.add(message.id);
      Object.assign(sent, { state: "acknowledged", message: { id: message.id, seq: message.seq } });
    } catch (error) {
      const mayBeThere = error instanceof ParleyError && error.mayHaveHappened;
      Object.assign(sent, { state: mayBeThere ? "unknown" : "refused", refusal: String(error) });
    }
  }

  /** Does something else; what is refused is noted, and no fault: others change the same things meanwhile. */
  async act<T extends CommandType>(channelId: string, type: T, data: CommandInput<T>): Promise<void> {
    const outcome = await this.#room(channelId)
      .send(type, data)
      .then(
        () => "done",
        (error: unknown) => (error instanceof ParleyError ? error.code : String(error)),
      );
    this.#options.ledger.note(type, outcome);
  }

  #connect(): void {
    const since = this.#ownPlace;
    const realtime = this.client.connect({ ...patience, unreadsEveryMs: 2_000, ...(since && { since }) });
    this.#realtime = realtime;
    realtime.on("event", (event) => {
      const last = this.own.at(-1)?.seq ?? event.seq - 1;
      if (event.seq !== last + 1) this.faults.push(`was given its own #${event.seq} after #${last}`);
      if (this.#realtime !== realtime)
        this.faults.push(`was given its own #${event.seq} after it had closed`);
      this.own.push(event);
    });
    realtime.on("reset", () => this.faults.push("was told to start over with its own events"));
    realtime.on("closed", (error) => {
      if (this.#isOpen) this.faults.push(`was sent away: ${error}`);
    });
  }

  #room(channelId: string): Room {
    const room = this.#rooms.get(channelId);
    if (!room) throw new Error(`${this.name} is closed`);
    return room;
  }

  #follow(watch: Watch, room: Room): void {
    this.#rooms.set(watch.channelId, room);
    // What still comes from one that was closed here would be a fault of its own.
    room.on("event", (event) =>
      this.#rooms.get(watch.channelId) === room
        ? watch.take(event)
        : watch.faults.push(`was given #${event.seq} after it had closed`),
    );
    room.on("reset", () => watch.faults.push("was told to start over"));
    room.on("closed", (error) => {
      if (this.#isOpen) watch.faults.push(`was sent away: ${error}`);
    });
  }
}
