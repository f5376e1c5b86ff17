import { setTimeout as sleep } from "node:timers/promises";
import { newNonce } from "../../../src/client/index.ts";
import type { Message, Room } from "../../../src/client/index.ts";
import { CommandError } from "../../../scripts/support/command.ts";
import { withRetries } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import type { Line, SentLine } from "./corpus.ts";
import type { Progress } from "../../../scripts/support/progress.ts";
import type { ReadSimulation, ReadMarker } from "./read-simulation.ts";
import { SenderSockets } from "./sender-sockets.ts";

export interface SendOptions {
  lines: readonly Line[];
  accounts: ReadonlyMap<string, Account>;
  channelId: string;
  /** Limit of messages a second. */
  rate: number;
  readSimulation: ReadSimulation;
  progress: Progress;
}

/** A socket keeps the order of its messages, so that up to this many consecutive lines of one author are sent at once. */
const maxRunLength = 8;
const responseTimeoutMs = 90_000;

/**
 * Sends the lines in the file's order, each over its author's own socket. A room orders messages by arrival, so the next author sends
 * only after the last one's messages are acknowledged. Users of the read simulation send read markers after their own messages.
 */
export async function sendAll(options: SendOptions): Promise<{ sent: SentLine[]; markers: ReadMarker[] }> {
  const { lines, accounts, channelId, rate, readSimulation, progress } = options;
  const sockets = new SenderSockets(accounts, channelId);
  const sent: SentLine[] = [];
  const markers: ReadMarker[] = [];
  const messageByN = new Map<number, Message>();
  const startedMs = performance.now();
  try {
    for (let from = 0; from < lines.length;) {
      const run = runAt(lines, from);
      const name = run[0]?.user ?? "";
      sockets.prepare(lines, from);
      const room = sockets.get(name);
      const waitMs = startedMs + (1_000 * from) / rate - performance.now();
      if (waitMs > 1) await sleep(waitMs);
      const messages = await withTimeout(Promise.all(run.map((line) => sendLine(room, line, messageByN))));
      for (const [index, line] of run.entries()) {
        const message = messages[index] as Message;
        sent.push({ line, message });
        messageByN.set(line.n, message);
      }
      markers.push(...(await withTimeout(readSimulation.readAlong(room, name, sent))));
      progress.advance(run.length);
      from += run.length;
    }
  } finally {
    sockets.closeAll();
  }
  return { sent, markers };
}

/** Returns the consecutive lines from `from` on that have the same author and do not reply to each other. */
export function runAt(lines: readonly Line[], from: number): Line[] {
  const ahead = lines.slice(from, from + maxRunLength);
  const notSent = new Set(ahead.map(({ n }) => n));
  const next = ahead.findIndex(
    ({ user, replyTo }) => user !== ahead[0]?.user || (replyTo !== null && notSent.has(replyTo)),
  );
  return next < 0 ? ahead : ahead.slice(0, next);
}

/** Rejects if the server does not respond within 90 s, although the client would retry without end. */
async function withTimeout<T>(response: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(
      new CommandError(
        `The server has not responded for ${responseTimeoutMs / 1_000} s.`,
        "Check that the server is running, and see its log.",
      ),
    );
  }, responseTimeoutMs);
  return Promise.race([response, promise]).finally(() => clearTimeout(timer));
}

/**
 * Sends a line. A reply names the message that it replies to; the room finds the root of the thread. All attempts have the same
 * nonce, so that an error after the commit does not create a second message.
 */
async function sendLine(room: Room, line: Line, messageByN: ReadonlyMap<number, Message>): Promise<Message> {
  const data = { content: line.text, nonce: newNonce() };
  const parent = line.replyTo === null ? undefined : messageByN.get(line.replyTo);
  const send = parent
    ? () => room.send("threadCreate", { messageId: parent.id, ...data })
    : () => room.send("messageCreate", data);
  return (await withRetries<{ message?: Message }>(send)).message!;
}
