import { createClient, openPlatformSocket, ParleyError } from "../../../src/client/index.ts";
import type {
  CommandInput,
  CommandType,
  ParleyClient,
  LogPosition,
  Realtime,
  Room,
  UserEventEnvelope,
} from "../../../src/client/index.ts";
import { compactSubprotocol } from "../../../src/protocol/compact-events.ts";
import type { TestUser } from "../../e2e/support/workerd-server.ts";
import type { Ledger } from "./ledger.ts";
import { ChannelRecorder } from "./channel-recorder.ts";

/** Shorter than the defaults, because a run lasts minutes and its connections break every few seconds. */
const connectionOptions = {
  backoff: { minMs: 40, maxMs: 400 },
  connectTimeoutMs: 3_000,
};
const callTimeoutMs = 5_000;

export interface DeviceOptions {
  name: string;
  person: TestUser;
  /** Base URL of the faulty network's proxy, or of the server. */
  url: string;
  /** `gateway`: one socket for all channels; `rooms`: one for each. */
  via: "gateway" | "rooms";
  /** Whether it offers the compact form of events, as the client library does by default. */
  compact: boolean;
  channels: readonly { id: string; seq: number; epoch: string }[];
  ledger: Ledger;
}

/** An application of the client library on one device. It can be closed and opened again, and keeps the events that it received. */
export class Device {
  readonly name: string;
  readonly recorders: ChannelRecorder[];
  readonly violations: string[] = [];
  /** Ids of its messages that the server acknowledged. */
  readonly acknowledged = new Set<string>();
  readonly client: ParleyClient;
  /** The user's own events that it received. */
  readonly ownEvents: UserEventEnvelope[] = [];
  readonly #options: DeviceOptions;
  readonly #rooms = new Map<string, Room>();
  #realtime: Realtime | undefined;
  /** Its position in the log of the user's own events. */
  #ownPosition: LogPosition | undefined;
  #sent = 0;
  #isOpen = false;

  constructor(options: DeviceOptions) {
    const { name, person, url, channels, compact } = options;
    this.#options = options;
    this.name = name;
    this.client = createClient({
      url,
      tokens: person.tokens,
      timeoutMs: callTimeoutMs,
      openSocket: ({ protocols, ...request }) =>
        openPlatformSocket({
          ...request,
          protocols: protocols.filter((name) => compact || name !== compactSubprotocol),
        }),
    });
    this.recorders = channels.map(
      ({ id, seq, epoch }) => new ChannelRecorder(id, person.userId, { seq, epoch }),
    );
  }

  get person(): TestUser {
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

  /** Connects to every channel, from this device's position in it. */
  open(): void {
    this.#isOpen = true;
    if (this.#options.via === "gateway") this.#connect();
    for (const recorder of this.recorders) {
      const { channelId, position: since } = recorder;
      const room =
        this.#realtime?.subscribe(channelId, { since }) ??
        this.client.room(channelId, { since, ...connectionOptions });
      this.#follow(recorder, room);
    }
  }

  /** Closes all connections, as an application that exits: commands without a response are rejected at once. */
  close(): void {
    this.#isOpen = false;
    this.#ownPosition = this.#realtime?.place ?? this.#ownPosition;
    this.#realtime?.close();
    this.#realtime = undefined;
    for (const room of this.#rooms.values()) room.close();
    this.#rooms.clear();
  }

  /** Sends a message with a unique text, or a reply to `messageId`, and records the outcome in the ledger. */
  async sendMessage(channelId: string, messageId?: string): Promise<void> {
    const { name, ledger } = this.#options;
    const content = `${name} ${++this.#sent}`;
    const sent = ledger.add(content, channelId);
    try {
      const { message } = await (messageId === undefined
        ? this.#room(channelId).send("messageCreate", { content })
        : this.#room(channelId).send("threadCreate", { messageId, content }));
      if (!message) throw new Error(`${content} was run as a slash command`);
      // If another device edited the message before the command was sent again, the response has the edited text.
      if (!message.content.startsWith(content))
        this.violations.push(`${content} was acknowledged as ${message.content}`);
      this.acknowledged.add(message.id);
      Object.assign(sent, { state: "acknowledged", message: { id: message.id, seq: message.seq } });
    } catch (error) {
      const mayBeCommitted = error instanceof ParleyError && error.mayHaveHappened;
      Object.assign(sent, { state: mayBeCommitted ? "unknown" : "rejected", rejection: String(error) });
    }
  }

  /** Sends another command. A rejection is counted, but is no violation: other devices change the same messages meanwhile. */
  async sendCommand<T extends CommandType>(channelId: string, type: T, data: CommandInput<T>): Promise<void> {
    const outcome = await this.#room(channelId)
      .send(type, data)
      .then(
        () => "done",
        (error: unknown) => (error instanceof ParleyError ? error.code : String(error)),
      );
    this.#options.ledger.countOutcome(type, outcome);
  }

  #connect(): void {
    const since = this.#ownPosition;
    const realtime = this.client.connect({
      ...connectionOptions,
      unreadsEveryMs: 2_000,
      ...(since && { since }),
    });
    this.#realtime = realtime;
    realtime.on("event", (event) => {
      const last = this.ownEvents.at(-1)?.seq ?? event.seq - 1;
      if (event.seq !== last + 1) this.violations.push(`received own event #${event.seq} after #${last}`);
      if (this.#realtime !== realtime) this.violations.push(`received own event #${event.seq} after close()`);
      this.ownEvents.push(event);
    });
    realtime.on("reset", () => this.violations.push("received a reset of its own events"));
    realtime.on("closed", (error) => {
      if (this.#isOpen) this.violations.push(`connection was closed by the server: ${error}`);
    });
  }

  #room(channelId: string): Room {
    const room = this.#rooms.get(channelId);
    if (!room) throw new Error(`${this.name} is closed`);
    return room;
  }

  #follow(recorder: ChannelRecorder, room: Room): void {
    this.#rooms.set(recorder.channelId, room);
    // A room that was closed must not emit any more.
    room.on("event", (event) =>
      this.#rooms.get(recorder.channelId) === room
        ? recorder.record(event)
        : recorder.violations.push(`received #${event.seq} after close()`),
    );
    room.on("reset", () => recorder.violations.push("received a reset"));
    room.on("closed", (error) => {
      if (this.#isOpen) recorder.violations.push(`room was closed by the server: ${error}`);
    });
  }
}
