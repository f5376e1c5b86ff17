import type { Message } from "../../../src/client/index.ts";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { z } from "zod";
import { CreateMessageBody } from "../../../src/protocol/index.ts";
import { CommandError } from "../../../scripts/support/command.ts";

const Line = z.object({
  n: z.int(),
  day: z.string(),
  time: z.string(),
  user: z.string().min(1),
  text: z.string(),
  replyTo: z.int().nullable(),
});
/** One message of a recorded conversation; `replyTo` is the `n` of an earlier one that it answers. */
export type Line = z.infer<typeof Line>;

/** A line, and the message that it became. */
export interface Spoken {
  line: Line;
  message: Message;
}

export interface Corpus {
  /** Those that can be said, in the file's order. */
  lines: Line[];
  /** Those that cannot, since a message is 1 to 8,000 characters without NUL and lone surrogates. */
  leftOut: { n: number; reason: string }[];
  /** Replies to what is not there: they are said as messages of their own. */
  orphans: number[];
  /** Who says something, in the order of their first word. */
  speakers: string[];
}

/** Reads the first `limit` messages of a JSON-lines file. Throws a CommandError that names the line which is none. */
export async function readCorpus(file: string, limit = Number.POSITIVE_INFINITY): Promise<Corpus> {
  const corpus: Corpus = { lines: [], leftOut: [], orphans: [], speakers: [] };
  const speakers = new Set<string>();
  const sayableNs = new Set<number>();
  let number = 0;
  try {
    for await (const text of createInterface({
      input: createReadStream(file, "utf8"),
      crlfDelay: Infinity,
    })) {
      number++;
      if (text.trim() === "") continue;
      if (corpus.lines.length >= limit) break;
      const line = parseLine(text, file, number);
      const sayable = CreateMessageBody.safeParse({ content: line.text });
      if (sayable.success) {
        const isOrphan = line.replyTo !== null && !sayableNs.has(line.replyTo);
        if (isOrphan) corpus.orphans.push(line.n);
        corpus.lines.push(isOrphan ? { ...line, replyTo: null } : line);
        sayableNs.add(line.n);
        speakers.add(line.user);
      } else {
        corpus.leftOut.push({ n: line.n, reason: sayable.error.issues[0]?.message ?? "It is no message" });
      }
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      "Name a file that is there.",
    );
  }
  if (corpus.lines.length === 0)
    throw new CommandError(`${file} holds no message.`, "Name another file, or a higher --limit.");
  return { ...corpus, speakers: [...speakers] };
}

function parseLine(text: string, file: string, number: number): Line {
  try {
    return Line.parse(JSON.parse(text));
  } catch {
    throw new CommandError(
      `Line ${number} of ${file} is no message.`,
      'Each line is JSON: { "n", "day", "time", "user", "text", "replyTo" }, as the help says.',
    );
  }
}
