import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { readCorpus } from "../../system/replay/corpus.ts";
import { seededRandom } from "../../../scripts/support/seeded-random.ts";
import { runAt } from "../../system/replay/send-lines.ts";
import { usernamesFor } from "../../system/replay/usernames.ts";
import { compareMessages } from "../../system/replay/verify.ts";
import { Username } from "../../../src/protocol/index.ts";

const line = (n: number, user: string, text: string, replyTo: number | null = null) => ({
  n,
  day: "2004-11-15",
  time: "12:18",
  user,
  text,
  replyTo,
});

function fileOf(...lines: unknown[]): string {
  const directory = mkdtempSync(join(tmpdir(), "parley-corpus-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "corpus.jsonl");
  writeFileSync(file, lines.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join("\n"));
  return file;
}

describe("corpus", () => {
  test("keeps order and text, omits what cannot be a message, and reports it", async () => {
    const file = fileOf(
      line(0, "ann", " a\tb "),
      line(1, "bob", ""),
      line(2, "ann", "x".repeat(8_001)),
      line(3, "cat", "hi"),
    );
    const { lines, skipped, authors } = await readCorpus(file);
    expect(lines.map(({ n, text }) => [n, text])).toEqual([
      [0, " a\tb "],
      [3, "hi"],
    ]);
    expect(skipped.map(({ n }) => n)).toEqual([1, 2]);
    expect(authors).toEqual(["ann", "cat"]);
  });

  test("a reply to an omitted or a later message is none", async () => {
    const file = fileOf(
      line(0, "ann", ""),
      line(1, "bob", "b", 0),
      line(2, "cat", "c", 3),
      line(3, "dan", "d", 2),
    );
    const { lines, orphans } = await readCorpus(file);
    expect(lines.map(({ n, replyTo }) => [n, replyTo])).toEqual([
      [1, null],
      [2, null],
      [3, 2],
    ]);
    expect(orphans).toEqual([1, 2]);
  });

  test("a limit omits later authors", async () => {
    const { lines, authors } = await readCorpus(fileOf(line(0, "ann", "1"), line(1, "bob", "2")), 1);
    expect([lines.length, authors]).toEqual([1, ["ann"]]);
  });

  test.each(["no json", '{"n":1}'])("an invalid line is named: %s", async (broken) => {
    await expect(readCorpus(fileOf(line(0, "ann", "1"), broken))).rejects.toThrow(/Line 2 of/);
  });

  test("a missing file is reported as such", async () => {
    await expect(readCorpus("nowhere.jsonl")).rejects.toThrow(/nowhere.jsonl cannot be read/);
  });
});

test("usernames are valid and unique for any names", () => {
  const names = [
    "|trey|",
    "dr_willis",
    "Dr_Willis",
    "DR_willis|",
    "f",
    "[[]]",
    "Ünal",
    "ａｎｎ",
    "a".repeat(60),
    "a".repeat(61),
    "dr_willis-2",
  ];
  const usernames = [...usernamesFor(names, "k3f9a").values()];
  expect(usernames.slice(0, 4)).toEqual([
    "trey.k3f9a",
    "dr_willis.k3f9a",
    "dr_willis-2.k3f9a",
    "dr_willis-3.k3f9a",
  ]);
  expect(new Set(usernames).size).toBe(names.length);
  for (const username of usernames) expect(Username.safeParse(username).success, username).toBe(true);
});

describe("comparison finds", () => {
  const message = (
    seq: number,
    content = `text ${seq}`,
    authorId = "usr_a",
    threadId: string | null = null,
  ) => ({
    seq,
    content,
    authorId,
    threadId,
  });
  const expected = [message(1), message(2), message(3)];

  test("nothing if everything is as expected", () =>
    expect(compareMessages(expected, [...expected])).toEqual([]));
  test.each([
    ["one missing", [message(1), message(3)]],
    ["the last missing", [message(1), message(2)]],
    ["one twice", [message(1), message(2), message(2), message(3)]],
    ["another order", [message(1), message(3), message(2)]],
    ["another text", [message(1), message(2, "text 2 "), message(3)]],
    ["another author", [message(1), message(2, "text 2", "usr_b"), message(3)]],
    ["a reply in another thread", [message(1), message(2, "text 2", "usr_a", "msg_1"), message(3)]],
    ["another seq", [message(1), message(2), { ...message(3), seq: 4 }]],
  ])("%s", (_, actual) => expect(compareMessages(expected, actual)).not.toEqual([]));
});

test("a batch is one author's, and contains no reply to its own messages", () => {
  const lines = [line(0, "ann", "a"), line(1, "ann", "b", 0), line(2, "ann", "c", 0), line(3, "bob", "d", 2)];
  const runs = [0, 1, 3].map((from) => runAt(lines, from).map(({ n }) => n));
  expect(runs).toEqual([[0], [1, 2], [3]]);
});

test("the same seed makes the same cuts", () => {
  const draw = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(draw(7).every((value) => value >= 0 && value < 1)).toBe(true);
});
