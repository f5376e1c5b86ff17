import { setTimeout as sleep } from "node:timers/promises";
import { newNonce } from "../../src/client/index.ts";
import type { Message, Room } from "../../src/client/index.ts";
import { CommandError } from "../support/command.ts";
import { patiently } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import type { Line } from "./corpus.ts";
import type { Progress } from "./progress.ts";

/** A line, and the message that it became. */
export interface Spoken {
  line: Line;
  message: Message;
}

export interface SpeakOptions {
  lines: readonly Line[];
  accounts: ReadonlyMap<string, Account>;
  channelId: string;
  /** Messages a second at most. */
  rate: number;
  progress: Progress;
}

/** Every socket on a room costs it a send per frame, so those who are silent for long hang up. */
const openSockets = 16;
/** How far ahead of the conversation a speaker's socket is opened, so that nobody waits for it. */
const lookAhead = 24;
/** Messages of one socket stay in order, so a speaker's consecutive lines go out together. */
const longestRun = 8;
const stalledMs = 90_000;

/**
 * Says the lines, each from its speaker's own socket, in the file's order for certain: the order of a room is that of
 * arrival, so the next speaker begins when the last one's messages are acknowledged.
 */
export async function speakAll(options: SpeakOptions): Promise<Spoken[]> {
  const { lines, accounts, channelId, rate, progress } = options;
  const sockets = new SpeakerSockets(accounts, channelId);
  const spoken: Spoken[] = [];
  const begun = performance.now();
  try {
    for (let from = 0; from < lines.length;) {
      const run = runAt(lines, from);
      sockets.prepare(lines, from);
      const room = sockets.of(run[0]?.user ?? "");
      const early = begun + (1_000 * from) / rate - performance.now();
      if (early > 1) await sleep(early);
      const messages = await withinReason(Promise.all(run.map(({ text }) => say(room, text))));
      spoken.push(...run.map((line, index) => ({ line, message: messages[index] as Message })));
      progress.advance(run.length);
      from += run.length;
    }
  } finally {
    sockets.closeAll();
  }
  return spoken;
}

/** The lines from `from` on that are the same speaker's. */
function runAt(lines: readonly Line[], from: number): Line[] {
  const ahead = lines.slice(from, from + longestRun);
  const next = ahead.findIndex(({ user }) => user !== ahead[0]?.user);
  return next < 0 ? ahead : ahead.slice(0, next);
}

/** A server that is gone for good should not keep anyone waiting for ever. */
async function withinReason<T>(answer: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(
      new CommandError(
        `No message was acknowledged for ${stalledMs / 1_000} s.`,
        "Look whether the server still runs.",
      ),
    );
  }, stalledMs);
  return Promise.race([answer, promise]).finally(() => clearTimeout(timer));
}

/** The same nonce at each attempt: a refusal that came after the commit must not double the message. */
async function say(room: Room, content: string): Promise<Message> {
  const nonce = newNonce();
  return (await patiently(() => room.send("messageCreate", { content, nonce }))).message;
}

/** The sockets of those who speak now or soon. */
class SpeakerSockets {
  /** By name, the one used longest ago first. */
  readonly #open = new Map<string, Room>();
  readonly #accounts: ReadonlyMap<string, Account>;
  readonly #channelId: string;

  constructor(accounts: ReadonlyMap<string, Account>, channelId: string) {
    this.#accounts = accounts;
    this.#channelId = channelId;
  }

  /** Opens those of the next speakers, and closes others for them. */
  prepare(lines: readonly Line[], from: number): void {
    const soon = new Set<string>();
    for (let at = from; at < Math.min(lines.length, from + lookAhead) && soon.size < openSockets; at++)
      soon.add(lines[at]?.user ?? "");
    for (const name of soon) if (!this.#open.has(name)) this.of(name);
    for (const [name, room] of this.#open) {
      if (this.#open.size <= openSockets) break;
      if (soon.has(name)) continue;
      room.close();
      this.#open.delete(name);
    }
  }

  of(name: string): Room {
    const room = this.#open.get(name) ?? this.#connect(name);
    this.#open.delete(name);
    this.#open.set(name, room);
    return room;
  }

  closeAll(): void {
    for (const room of this.#open.values()) room.close();
    this.#open.clear();
  }

  #connect(name: string): Room {
    const account = this.#accounts.get(name);
    if (!account) throw new Error(`${name} speaks without an account`);
    return account.client.room(this.#channelId);
  }
}
