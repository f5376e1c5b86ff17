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
/** One message of a recorded conversation; `replyTo` is the `n` of the earlier message that it replies to. */
export type Line = z.infer<typeof Line>;

/** A line, and the message that was created from it. */
export interface SentLine {
  line: Line;
  message: Message;
}

/** The content of a file. */
export interface Corpus {
  /** Valid messages, in the file's order. */
  lines: Line[];
  /** Lines that are skipped, because a message has 1 to 8,000 characters, without NUL and lone surrogates. */
  skipped: { n: number; reason: string }[];
  /** `n` of replies to missing or skipped messages: they are sent as messages. */
  orphans: number[];
  /** The authors, in the order of their first message. */
  authors: string[];
}

/**
 * Reads the first `limit` messages of a JSON-lines file.
 *
 * @throws CommandError if the file cannot be read, or with the number of the line that is malformed
 */
export async function readCorpus(file: string, limit = Number.POSITIVE_INFINITY): Promise<Corpus> {
  const corpus: Corpus = { lines: [], skipped: [], orphans: [], authors: [] };
  const authors = new Set<string>();
  const validNs = new Set<number>();
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
      const parsed = CreateMessageBody.safeParse({ content: line.text });
      if (parsed.success) {
        const isOrphan = line.replyTo !== null && !validNs.has(line.replyTo);
        if (isOrphan) corpus.orphans.push(line.n);
        corpus.lines.push(isOrphan ? { ...line, replyTo: null } : line);
        validNs.add(line.n);
        authors.add(line.user);
      } else {
        corpus.skipped.push({ n: line.n, reason: parsed.error.issues[0]?.message ?? "invalid message" });
      }
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      "Check the path and its permissions.",
    );
  }
  if (corpus.lines.length === 0)
    throw new CommandError(`${file} contains no valid message.`, "Choose another file, or a higher --limit.");
  return { ...corpus, authors: [...authors] };
}

function parseLine(text: string, file: string, number: number): Line {
  try {
    return Line.parse(JSON.parse(text));
  } catch {
    throw new CommandError(
      `Line ${number} of ${file} is malformed.`,
      'Each line is JSON: { "n", "day", "time", "user", "text", "replyTo" }; see npm run replay -- --help.',
    );
  }
}
