import { createClient } from "../../../src/client/index.ts";
import type { EventEnvelope, LogPosition, Room } from "../../../src/client/index.ts";
import { startFaultProxy } from "../../../scripts/support/fault-proxy.ts";
import type { FaultProxy } from "../../../scripts/support/fault-proxy.ts";
import { withRetries } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import type { SeenMessage } from "./expected.ts";
import { seededRandom } from "../../../scripts/support/seeded-random.ts";

export interface SubscriberOptions {
  name: string;
  account: Account;
  url: string;
  /** Whether it connects through a proxy that can reset its connections. */
  cuttable: boolean;
  channelId: string;
  since: LogPosition;
}

/** A further device of a channel member: it records all messages, and its connection can be reset. */
export class Subscriber {
  readonly name: string;
  readonly seen: SeenMessage[] = [];
  /** Violations of the order of the log, and unexpected ends of the subscription. */
  readonly violations: string[] = [];
  gaps = 0;
  cuts = 0;
  #lastSeq: number;
  readonly #proxy: FaultProxy | null;
  readonly #room: Room;
  readonly #stopListening: () => void;

  private constructor(name: string, proxy: FaultProxy | null, room: Room, since: LogPosition) {
    this.name = name;
    this.#proxy = proxy;
    this.#room = room;
    this.#lastSeq = since.seq;
    room.on("event", (event) => this.#record(event));
    room.on("gap", () => this.gaps++);
    room.on("reset", () => this.violations.push("received a reset"));
    this.#stopListening = room.on("closed", (error) =>
      this.violations.push(`room was closed by the server: ${error.message}`),
    );
  }

  /** Begins a new session and subscribes, through its own proxy if it is `cuttable`. */
  static async open({
    name,
    account,
    url,
    cuttable,
    channelId,
    since,
  }: SubscriberOptions): Promise<Subscriber> {
    const proxy = cuttable ? await startFaultProxy(url) : null;
    const client = createClient({ url: proxy?.url ?? url });
    await withRetries(() => client.login(account.credentials));
    const room = client.room(channelId, { since });
    const subscriber = new Subscriber(name, proxy, room, since);
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
    this.#proxy?.resetConnections();
  }

  close(): Promise<void> | undefined {
    this.#stopListening();
    this.#room.close();
    return this.#proxy?.close();
  }

  #record(event: EventEnvelope): void {
    if (event.seq !== this.#lastSeq + 1)
      this.violations.push(`received #${event.seq} after #${this.#lastSeq}`);
    this.#lastSeq = event.seq;
    if (event.type !== "messageCreate" && event.type !== "threadCreate") return;
    // Only these fields: whole messages would fill the memory with a thousand subscribers.
    const { seq, authorId, content, threadId } = event.data.message;
    this.seen.push({ seq, authorId, content, threadId });
  }
}

/**
 * Resets the connections of `count` random subscribers every `everyMs`.
 *
 * @returns a function that stops it
 */
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
