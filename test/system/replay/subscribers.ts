import { createClient } from "../../../src/client/index.ts";
import type { EventEnvelope, LogPosition, Room } from "../../../src/client/index.ts";
import { layCable } from "../../../scripts/support/cable.ts";
import type { Cable } from "../../../scripts/support/cable.ts";
import { patiently } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import type { SeenMessage } from "./expected.ts";
import { seededRandom } from "./random.ts";

export interface SubscriberOptions {
  name: string;
  account: Account;
  url: string;
  /** Whether it may be cut. */
  cuttable: boolean;
  channelId: string;
  since: LogPosition;
}

/** A further device of one who is in the channel: it reads all, and may be cut. */
export class Subscriber {
  readonly name: string;
  readonly seen: SeenMessage[] = [];
  /** Where the order of the log was not kept. */
  readonly faults: string[] = [];
  gaps = 0;
  cuts = 0;
  #lastSeq: number;
  readonly #cable: Cable | null;
  readonly #room: Room;
  readonly #stopFaultFinding: () => void;

  private constructor(name: string, cable: Cable | null, room: Room, since: LogPosition) {
    this.name = name;
    this.#cable = cable;
    this.#room = room;
    this.#lastSeq = since.seq;
    room.on("event", (event) => this.#read(event));
    room.on("gap", () => this.gaps++);
    room.on("reset", () => this.faults.push("was told to start over"));
    this.#stopFaultFinding = room.on("closed", (error) =>
      this.faults.push(`was sent away: ${error.message}`),
    );
  }

  /** Logs in anew and subscribes, on a cable of its own where it is to be cut. */
  static async open({
    name,
    account,
    url,
    cuttable,
    channelId,
    since,
  }: SubscriberOptions): Promise<Subscriber> {
    const cable = cuttable ? await layCable(url) : null;
    const client = createClient({ url: cable?.url ?? url });
    await patiently(() => client.login(account.credentials));
    const room = client.room(channelId, { since });
    const subscriber = new Subscriber(name, cable, room, since);
    await room.live();
    return subscriber;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get isLive(): boolean {
    return this.#room.state === "live";
  }

  cut(): void {
    this.cuts++;
    this.#cable?.cut();
  }

  close(): Promise<void> | undefined {
    this.#stopFaultFinding();
    this.#room.close();
    return this.#cable?.remove();
  }

  #read(event: EventEnvelope): void {
    if (event.seq !== this.#lastSeq + 1) this.faults.push(`got #${event.seq} after #${this.#lastSeq}`);
    this.#lastSeq = event.seq;
    if (event.type !== "messageCreate" && event.type !== "threadCreate") return;
    // The rest of a message would fill the memory of a thousand subscribers.
    const { seq, authorId, content, threadId } = event.data.message;
    this.seen.push({ seq, authorId, content, threadId });
  }
}

/** Cuts `count` of the subscribers every `everyMs`, drawn by `seed`, until the returned function is called. */
export function startCutting(
  subscribers: readonly Subscriber[],
  count: number,
  everyMs: number,
  seed: number,
): () => void {
  const random = seededRandom(seed);
  const timer = setInterval(() => {
    const left = [...subscribers];
    for (let drawn = 0; drawn < count && left.length > 0; drawn++)
      left.splice(Math.floor(random() * left.length), 1)[0]?.cut();
  }, everyMs);
  return () => clearInterval(timer);
}
