import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readCorpus } from "../../test/system/replay/corpus.ts";
import { randomInteger, seededRandom } from "../../scripts/support/seeded-random.ts";
import type { ChannelRow, MessageRow } from "./rows.ts";

/** The rows that are searched, the same in every database. */
export type SearchData = {
  channels: ChannelRow[];
  /** In order of time. */
  messages: MessageRow[];
  /** The user who searches, a member of some of the channels, and the time of the search. */
  reader: { userId: string; nowMs: number };
  /** A description of the texts' origin, for the report. */
  note: string;
};

const channelCount = 60;
const readerId = "usr_reader";
const startMs = Date.UTC(2025, 10, 1);
const yearMs = 365 * 86_400_000;

const corpusFile = fileURLToPath(new URL("../../../shared/data/irc-ubuntu.jsonl", import.meta.url));

/** Repeats the recorded conversation with some words replaced; half of the channels are public. */
export async function searchData(count: number): Promise<SearchData> {
  const random = seededRandom(5);
  const below = (limit: number): number => randomInteger(random, limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const said = existsSync(corpusFile) ? (await readCorpus(corpusFile)).lines : inventedLines(random);
  const vocabulary = said.flatMap(({ text }) => text.split(/\s+/));
  const authors = [...new Set(said.map(({ user }) => user))];
  const authorIds = new Map(authors.map((user, index) => [user, `usr_${index}`]));

  const channels = Array.from({ length: channelCount }, (_, index) => {
    const isPublic = index % 2 === 0;
    const isMember = isPublic ? index % 3 === 0 : index % 4 === 1;
    const others = [...authorIds.values()].filter((_, author) => author % channelCount === index);
    const no = index + 1;
    const type = isPublic ? ("public" as const) : ("private" as const);
    return { no, id: `chn_${no}`, type, memberIds: isMember ? [readerId, ...others] : others };
  });
  const open = channels.filter(({ type, memberIds }) => type === "public" || memberIds.includes(readerId));
  const messages = Array.from({ length: count }, (_, index) => {
    const { user, text } = said[index % said.length]!;
    const words = text.split(" ");
    if (index >= said.length) words[below(words.length)] = pick(vocabulary);
    return {
      id: `msg_${String(index).padStart(26, "0")}`,
      // Some channels are much busier than others.
      channelNo: 1 + Math.floor(random() ** 2 * channelCount),
      authorId: authorIds.get(user)!,
      atMs: startMs + Math.floor((index / count) * yearMs),
      text: words.join(" "),
    };
  });
  const origin = existsSync(corpusFile)
    ? "the recorded conversation of shared/data, repeated with some words replaced"
    : "invented, since there is no recorded conversation";
  return {
    ...{ channels, messages, reader: { userId: readerId, nowMs: startMs + yearMs } },
    note: `${count.toLocaleString("en")} messages, ${origin}; ${channelCount} channels, of which the reader may read ${open.length}.`,
  };
}

/** The messages of one channel among this many consecutive messages form a batch. */
const windowLength = 5_000;

/** Divides the messages into batches of one channel each, in the order in which rooms would index them: all channels grow together. */
export function* batches({ channels, messages }: SearchData): Generator<{
  channelId: string;
  messages: MessageRow[];
}> {
  for (let from = 0; from < messages.length; from += windowLength) {
    const byChannel = Map.groupBy(messages.slice(from, from + windowLength), ({ channelNo }) => channelNo);
    for (const { no, id } of channels) {
      const own = byChannel.get(no);
      if (own) yield { channelId: id, messages: own };
    }
  }
}

/** The searched words, with the share of messages that contain them. */
const topics = {
  ubuntu: 0.08,
  install: 0.04,
  kernel: 0.01,
  driver: 0.008,
  "command line": 0.002,
  kerberos: 0.0004,
};
const syllables = ["ub", "un", "tu", "in", "stal", "ed", "dri", "er", "s", "x", "net", "the", "to", "it"];

/** Invents lines in an artificial language, some of whose words are much more common than others. */
function inventedLines(random: () => number): { user: string; text: string }[] {
  const word = (): string =>
    Math.floor(6_000 ** random())
      .toString(syllables.length)
      .split("")
      .map((digit) => syllables[Number.parseInt(digit, syllables.length)])
      .join("");
  return Array.from({ length: 11_000 }, (_, index) => {
    const words = Array.from({ length: 3 + Math.floor(random() * 18) }, word);
    const about = Object.entries(topics).flatMap(([topic, share]) => (random() < share ? [topic] : []));
    return { user: `author-${index % 500}`, text: [...words, ...about].join(" ") };
  });
}
