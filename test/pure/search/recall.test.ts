import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { readCorpus } from "../../system/replay/corpus.ts";
import { parseQuery } from "../../../src/features/search/query/parse.ts";
import type { Filter, SearchClause } from "../../../src/features/search/query/terms.ts";
import type { Message } from "../../../src/protocol/index.ts";
import { SearchDatabase } from "./search-database.ts";
import {
  generateConversation,
  phrase,
  pick,
  prefix,
  random,
  type ConversationLine,
  word,
} from "./plain-scan.ts";

const file = fileURLToPath(new URL("../../../../shared/data/irc-ubuntu.jsonl", import.meta.url).href);
const isThere = existsSync(file);
if (!isThere) console.log(`The real conversation is not at ${file}: one is made up`);

const startMs = Date.UTC(2026, 0, 1);
let texts: { id: string; text: string; user: string; at: number; isReply: boolean }[];
let index: SearchDatabase;
let vocabulary: string[];

beforeAll(async () => {
  const conversation: ConversationLine[] = isThere ? (await readCorpus(file)).lines : generateConversation();
  texts = conversation.map(({ user, text, replyTo }, at) => ({
    ...{ id: `msg_${at}`, text, user, isReply: replyTo !== null },
    at: startMs + at * 1_000,
  }));
  index = new SearchDatabase();
  const messages = texts.map(({ id, text, user, at, isReply }, seq) => ({
    ...{
      id,
      rev: seq,
      seq,
      authorId: user,
      content: text,
      files: [],
      reactions: [],
      thread: null,
      pinned: false,
    },
    ...{ threadId: isReply ? "msg_0" : null, createdAt: new Date(at).toISOString(), deletedAt: null },
  })) as unknown as Message[];
  for (let from = 0; from < messages.length; from += 1_000)
    index.fill(`chn_${from}`, messages.slice(from, from + 1_000));
  // Returns the words of a text in ASCII: letters and digits between any other characters.
  texts = texts.filter(({ text }) => /^[\0-\x7f]*$/.test(text));
  vocabulary = [...new Set(texts.flatMap(({ text }) => text.toLowerCase().split(/[^a-z0-9]+/)))].filter(
    Boolean,
  );
});

const clausesOf = (query: string, ...filters: Filter[]): SearchClause[] => [
  ...(parseQuery(query) as SearchClause[]),
  ...filters.map((term) => [{ negated: false, term }]),
];

/** Expects both orders to find the same, and of the texts in ASCII exactly those that the scan finds. */
function expectFound(
  what: string,
  clauses: SearchClause[],
  matches: (one: (typeof texts)[number]) => boolean,
): void {
  const ascii = new Set(texts.map(({ id }) => id));
  const found = index.recent(clauses).filter((id) => ascii.has(id));
  const wanted = texts.filter(matches).map(({ id }) => id);
  expect([...found].reverse(), what).toEqual(wanted);
}

const sample = (count: number) => Array.from({ length: count }, () => pick(vocabulary));
/** Words that are next to each other in a text. */
const neighbours = (count: number): string[][] =>
  Array.from({ length: count * 3 }, () => {
    const all = pick(texts)
      .text.toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter(Boolean);
    const at = Math.floor(random() * all.length);
    return all.slice(at, at + 2 + Math.floor(random() * 2));
  })
    .filter(({ length }) => length > 1)
    .slice(0, count);

describe("compared with a plain scan of all texts", { timeout: 60_000 }, () => {
  test("[SR5] exact words: every one, and no other", () => {
    for (const one of sample(300)) expectFound(one, clausesOf(`"${one}"`), ({ text }) => word(one)(text));
  });

  test("[SR4] [SR5] stems: every text with the word, none without one of its forms", () => {
    for (const one of sample(150)) {
      const found = new Set(index.recent(clausesOf(one)));
      expect(
        texts.filter(({ id, text }) => word(one)(text) && !found.has(id)),
        one,
      ).toEqual([]);
      const beginning = one.slice(0, 2);
      expect(
        texts.filter(({ id, text }) => found.has(id) && !prefix(beginning)(text)),
        one,
      ).toEqual([]);
    }
  });

  test("[SR5] prefixes", () => {
    for (const one of sample(200)) {
      const beginning = one.slice(0, 2 + Math.floor(random() * 3));
      expectFound(`${beginning}*`, clausesOf(`${beginning}*`), ({ text }) => prefix(beginning)(text));
    }
  });

  test("[SR5] phrases, and names, addresses and paths by their parts", () => {
    // In C++ and C# the signs are part of the word.
    const isPlain = (text: string) => !/[a-z0-9](?:\+\+|#)/i.test(text);
    const odd = new Set(texts.filter(({ text }) => !isPlain(text)).map(({ id }) => id));
    for (const words of neighbours(300)) {
      const by = pick([" ", "_", "-", "/", "."]);
      const query = by === " " || /[-_]/.test(words[0]!) ? `"${words.join(" ")}"` : words.join(by);
      const found = index.recent(clausesOf(query)).filter((id) => !odd.has(id));
      const wanted = texts.filter(({ id, text }) => !odd.has(id) && phrase(words)(text)).map(({ id }) => id);
      const ascii = new Set(texts.map(({ id }) => id));
      expect(found.filter((id) => ascii.has(id)).reverse(), query).toEqual(wanted);
    }
  });

  test("[SR5] several words, `OR` and negation", () => {
    for (let round = 0; round < 60; round++) {
      const [a, b, c, d] = [...(neighbours(1)[0] ?? ["a", "b"]), ...sample(3)] as [
        string,
        string,
        string,
        string,
      ];
      const is = (one: string) => word(one);
      expectFound(`"${a}" "${b}"`, clausesOf(`"${a}" "${b}"`), ({ text }) => is(a)(text) && is(b)(text));
      expectFound(
        `"${a}" OR "${c}" -"${b}"`,
        clausesOf(`"${a}" OR "${c}" -"${b}" -"${d}"`),
        ({ text }) => (is(a)(text) || is(c)(text)) && !is(b)(text) && !is(d)(text),
      );
      expectFound(
        `"${a}" OR -"${b}"`,
        clausesOf(`"${a}" OR -"${b}"`),
        ({ text }) => is(a)(text) || !is(b)(text),
      );
      expectFound(
        `-"${a}" -"${c}"`,
        clausesOf(`-"${a}" -"${c}"`),
        ({ text }) => !is(a)(text) && !is(c)(text),
      );
    }
  });

  test("[SR5] [SR6] operators, with words and without", () => {
    for (let round = 0; round < 60; round++) {
      const { user, at } = pick(texts);
      const [one] = sample(1) as [string];
      const [fromMs, toMs] = [at, at + Math.floor(random() * 4e6)];
      const within = ({ at: conversation }: { at: number }) => conversation >= fromMs && conversation < toMs;
      const author: Filter = { kind: "author", userId: user };
      const time: Filter = { kind: "time", fromMs, toMs };
      const reply: Filter = { kind: "flag", flag: "in_thread" };
      expectFound(user, clausesOf("", author), (conversation) => conversation.user === user);
      expectFound("time", clausesOf("", time), within);
      expectFound(
        "reply",
        clausesOf("", reply, author),
        (conversation) => conversation.isReply && conversation.user === user,
      );
      expectFound(
        `${one} and all`,
        clausesOf(`-"${one}"`, time, author),
        (conversation) => within(conversation) && conversation.user === user && !word(one)(conversation.text),
      );
      const either: SearchClause = [...clausesOf(`"${one}"`).flat(), { negated: false, term: author }];
      expectFound(
        "either",
        [either],
        (conversation) => conversation.user === user || word(one)(conversation.text),
      );
      expectFound(
        "not",
        [[{ negated: true, term: author }], ...clausesOf(`"${one}"`)],
        (conversation) => conversation.user !== user && word(one)(conversation.text),
      );
    }
  });

  test("[SR5] [SR13] a search over its budget finds the same, in pages and windows", async () => {
    const [one, other, third] = sample(3) as [string, string, string];
    const [pair = ["a", "b"]] = neighbours(1);
    const author: Filter = { kind: "author", userId: pick(texts).user };
    const queries: SearchClause[][] = [
      ...[one, `"${one}"`, `${one} "${other}"`, `${one} OR ${other}`, `"${pair.join(" ")}"`].map((query) =>
        clausesOf(query),
      ),
      ...[`${one.slice(0, 1)}*`, `${one.slice(0, 2)}* -${other}`, `-"${one}" -${third.slice(0, 2)}*`].map(
        (query) => clausesOf(query),
      ),
      clausesOf(`"${pair.join(" ")}" OR -${one}`, author),
      clausesOf("", author),
    ];
    for (const clauses of queries) {
      const wanted = index.recent(clauses);
      const { ids } = await index.paged(clauses, 0.001, 1e9);
      expect(ids, JSON.stringify(clauses)).toEqual(wanted);
      expect((await index.paged(clauses, 1e6)).ids).toEqual(wanted);
    }
  });

  test("[SR8] rank finds the same as time", () => {
    for (const one of sample(100)) {
      const clauses = clausesOf(`${one} OR "${pick(vocabulary)}" -${pick(vocabulary)}`);
      expect(index.ranked(clauses).sort(), one).toEqual(index.recent(clauses).sort());
    }
  });
});
