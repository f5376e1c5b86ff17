import { setTimeout as sleep } from "node:timers/promises";
import { newNonce } from "../../../src/client/index.ts";
import type { Message, Room } from "../../../src/client/index.ts";
import { CommandError } from "../../../scripts/support/command.ts";
import { patiently } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import type { Line, Spoken } from "./corpus.ts";
import type { Progress } from "./progress.ts";
import type { Readers, Reading } from "./readers.ts";
import { SpeakerSockets } from "./sockets.ts";

export interface SpeakOptions {
  lines: readonly Line[];
  accounts: ReadonlyMap<string, Account>;
  channelId: string;
  /** Messages a second at most. */
  rate: number;
  readers: Readers;
  progress: Progress;
}

/** Messages of one socket stay in order, so a speaker's consecutive lines go out together. */
const longestRun = 8;
const stalledMs = 90_000;

/**
 * Says the lines, each from its speaker's own socket, in the file's order for certain: the order of a room is that of
 * arrival, so the next speaker begins when the last one's messages are acknowledged. Who reads along does so after each of
 * their own lines.
 */
export async function speakAll(options: SpeakOptions): Promise<{ spoken: Spoken[]; readings: Reading[] }> {
  const { lines, accounts, channelId, rate, readers, progress } = options;
  const sockets = new SpeakerSockets(accounts, channelId);
  const spoken: Spoken[] = [];
  const readings: Reading[] = [];
  const said = new Map<number, Message>();
  const begun = performance.now();
  try {
    for (let from = 0; from < lines.length;) {
      const run = runAt(lines, from);
      const name = run[0]?.user ?? "";
      sockets.prepare(lines, from);
      const room = sockets.of(name);
      const early = begun + (1_000 * from) / rate - performance.now();
      if (early > 1) await sleep(early);
      const messages = await withinReason(Promise.all(run.map((line) => say(room, line, said))));
      for (const [index, line] of run.entries()) {
        const message = messages[index] as Message;
        spoken.push({ line, message });
        said.set(line.n, message);
      }
      readings.push(...(await withinReason(readers.readAlong(room, name, spoken))));
      progress.advance(run.length);
      from += run.length;
    }
  } finally {
    sockets.closeAll();
  }
  return { spoken, readings };
}

/** The lines from `from` on that are the same speaker's, as far as none of them answers another. */
export function runAt(lines: readonly Line[], from: number): Line[] {
  const ahead = lines.slice(from, from + longestRun);
  const unsaid = new Set(ahead.map(({ n }) => n));
  const next = ahead.findIndex(
    ({ user, replyTo }) => user !== ahead[0]?.user || (replyTo !== null && unsaid.has(replyTo)),
  );
  return next < 0 ? ahead : ahead.slice(0, next);
}

/** A server that is gone for good should not keep anyone waiting for ever. */
async function withinReason<T>(answer: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(
      new CommandError(
        `Nothing was answered for ${stalledMs / 1_000} s.`,
        "Look whether the server still runs.",
      ),
    );
  }, stalledMs);
  return Promise.race([answer, promise]).finally(() => clearTimeout(timer));
}

/**
 * A reply names the message that it answers, not the root: finding that is the room's. The same nonce at each attempt: a
 * refusal that came after the commit must not double the message.
 */
async function say(room: Room, line: Line, said: ReadonlyMap<number, Message>): Promise<Message> {
  const written = { content: line.text, nonce: newNonce() };
  const answered = line.replyTo === null ? undefined : said.get(line.replyTo);
  const sent = answered
    ? () => room.send("threadCreate", { messageId: answered.id, ...written })
    : () => room.send("messageCreate", written);
  return (await patiently<{ message: Message }>(sent)).message;
}
