import fc from "fast-check";
import { expect, test } from "vitest";
import type { RoomState } from "../../../src/domain/room-state.ts";
import { resolveMentions } from "../../../src/features/messages/mentions.ts";
import type { Message } from "../../../src/protocol/index.ts";

/** Fakes the names in a room; `asked` counts the look-ups. */
function roomOf(names: string[], present: string[] = []) {
  const known = new Set(names);
  const room = {
    asked: 0,
    memberByUsername(name: string) {
      room.asked++;
      return known.has(name) ? { userId: name, role: "member", joinedAt: "" } : undefined;
    },
    memberIds: (limit: number) => names.slice(0, limit),
    presentIds: () => present,
  };
  return room as typeof room & RoomState;
}
const members = (count: number) => Array.from({ length: count }, (_, n) => `user${n}`);
const mentionsOf = (content: string, ...mentions: string[]) => ({ content, mentions }) as Message;

test("[MT1] members are mentioned in the order of the text, once, also oneself", () => {
  const room = roomOf(["ann", "bob", "cid"]);
  expect(resolveMentions(room, "ann", "@cid @Bob @cid @ann")).toMatchObject({
    mentions: ["cid", "bob", "ann"],
    notNotified: [],
  });
});

test("[MT1] a name may end a sentence; the longest existing name counts", () => {
  expect(resolveMentions(roomOf(["ann"]), "x", "@ann. @ann... @ann-_.")).toMatchObject({ mentions: ["ann"] });
  expect(resolveMentions(roomOf(["ann", "ann."]), "x", "@ann.").mentions).toEqual(["ann."]);
  expect(resolveMentions(roomOf(["ann", "ann.b"]), "x", "@ann.c @ann.b.").mentions).toEqual(["ann.b"]);
  expect(resolveMentions(roomOf(["ann"]), "x", "@annie @an").mentions).toEqual([]);
  expect(
    resolveMentions(roomOf(["x".repeat(32)]), "x", `@${"x".repeat(32)}${".".repeat(40)}`).mentions,
  ).toEqual(["x".repeat(32)]);
  expect(resolveMentions(roomOf(["x".repeat(32)]), "x", `@${"x".repeat(33)}`).mentions).toEqual([]);
});

test("[MT2] unknown names are reported, at most 20", () => {
  expect(resolveMentions(roomOf(["ann"]), "x", "@eve @ann @zoe")).toMatchObject({
    mentions: ["ann"],
    notNotified: ["eve", "zoe"],
  });
  const many = members(30).map((name) => `@${name}`);
  expect(resolveMentions(roomOf([]), "x", many.join(" ")).notNotified).toEqual(members(20));
});

test("[MT2] punctuation at a sentence's end is not part of a reported name", () => {
  expect(resolveMentions(roomOf([]), "x", "Hi @eve. Bye @eve! And @zoe...").notNotified).toEqual([
    "eve",
    "zoe",
  ]);
  expect(resolveMentions(roomOf([]), "x", "@....").notNotified).toEqual([]);
});

test("[MT1] @channel mentions all members, @here connected ones, not the author", () => {
  const room = roomOf(["ann", "bob", "cid"], ["cid", "ann"]);
  expect(resolveMentions(room, "ann", "@channel").mentions).toEqual(["bob", "cid"]);
  expect(resolveMentions(room, "ann", "@here").mentions).toEqual(["cid"]);
  expect(resolveMentions(room, "ann", "@here @bob @channel").mentions).toEqual(["bob", "cid"]);
  expect(resolveMentions(room, "ann", "`@channel`").mentions).toEqual([]);
});

test("[MT2] a group of more than 1,000 notifies no one and warns the sender", () => {
  const [just, over] = [members(1_000), members(1_001)];
  expect(resolveMentions(roomOf(just, just), "user0", "@channel").mentions).toHaveLength(999);
  expect(resolveMentions(roomOf(over, just), "x", "@here").mentions).toHaveLength(1_000);
  expect(resolveMentions(roomOf(over), "user0", "@channel @user7")).toMatchObject({
    mentions: ["user7"],
    notNotified: ["channel"],
  });
  expect(resolveMentions(roomOf(over, over), "x", "@here and @channel")).toMatchObject({
    mentions: [],
    notNotified: ["here", "channel"],
  });
});

test("[MT1] an edit adds and removes names; new groups are looked up only once", () => {
  const before = roomOf(["ann", "bob", "cid", "new"], ["bob", "new"]);
  const edit = (from: Message, to: string) => resolveMentions(before, "ann", to, from).mentions;
  expect(edit(mentionsOf("@bob", "bob"), "@cid")).toEqual(["cid"]);
  expect(edit(mentionsOf("@bob", "bob"), "`@bob`")).toEqual([]);
  expect(edit(mentionsOf("@here", "bob"), "@here now")).toEqual(["bob"]);
  expect(edit(mentionsOf("@channel", "bob", "cid"), "@channel @new")).toEqual(["new", "bob", "cid"]);
  expect(edit(mentionsOf("@channel", "bob", "cid"), "never mind")).toEqual([]);
  expect(edit(mentionsOf("@here", "bob"), "@channel")).toEqual(["bob", "cid", "new"]);
  expect(edit(mentionsOf("`@here`"), "@here")).toEqual(["bob", "new"]);
});

const hostile: Record<string, (size: number) => string> = {
  at: (size) => "@".repeat(size),
  names: (size) => "@ab ".repeat(size / 4),
  "names that end in stops": (size) => `@ab${".".repeat(60)} `.repeat(size / 64),
  "one long name": (size) => `@${"a".repeat(size - 1)}`,
  "one long stop": (size) => `@ab${".".repeat(size - 3)}`,
  backticks: (size) => "`".repeat(size),
  "backticks of all lengths": (size) => {
    let text = "";
    for (let length = 1; text.length < size; length++) text += `${"`".repeat(length)}@`;
    return text.slice(0, size);
  },
  "backticks of falling lengths": (size) => {
    let text = "";
    for (let length = 1; text.length < size; length++) text = `${"`".repeat(length)}@${text}`;
    return text.slice(0, size);
  },
  "lone backticks": (size) => "@`".repeat(size / 2),
  "single and double": (size) => "@`@``".repeat(size / 5),
  "escaped backticks": (size) => "@\\`".repeat(size / 3),
  backslashes: (size) => `@${"\\".repeat(size - 2)}\``,
  "backslashes and backticks": (size) => `@${"\\\\`".repeat(size / 3)}`,
  spaces: (size) => `@${" ".repeat(size - 1)}`,
  "a quote without end": (size) => `@${"\n> ".repeat(size / 3)}`,
  "deep quotes": (size) => `@\n${">".repeat(size - 2)}`,
  "a bullet and spaces": (size) => `@\n-${" ".repeat(size - 3)}`,
  tildes: (size) => `@${"\n~~~".repeat(size / 4)}`,
  "almost a fence": (size) => `@\n${" ".repeat(size - 5)}\`\``,
  newlines: (size) => `@${"\r\n".repeat(size / 2)}`,
};

test.for(Object.entries(hostile))("[MT1] time grows linearly with the length: %s", ([, text]) => {
  const room = roomOf([]);
  // CPU time, so that other processes do not count.
  const time = (content: string): number => {
    let least = Infinity;
    for (let run = 0; run < 5; run++) {
      const start = process.cpuUsage();
      resolveMentions(room, "x", content, mentionsOf(content));
      least = Math.min(least, process.cpuUsage(start).user / 1_000);
    }
    return least;
  };
  time(text(8_000));
  // Sixteen times the length takes 256 times as long if the time is quadratic.
  const [short, long] = [time(text(8_000)), time(text(128_000))];
  expect(short, "8,000 characters").toBeLessThan(20);
  expect(long, `${short} ms for 8,000 characters`).toBeLessThan(Math.max(64 * short, 50));
  room.asked = 0;
  resolveMentions(room, "x", text(8_000));
  expect(room.asked, "look-ups of names").toBeLessThanOrEqual(8_000);
});

test("[MT1] in any text mentions are members, each once", () => {
  const parts = fc.constantFrom("@", "ann", "bob", "channel", "here", " ", ".", "`", "\n", "@ann", "@here");
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 20 }), (some) => {
      const { mentions } = resolveMentions(roomOf(["ann", "bob", "cid"], ["cid"]), "cid", some.join(""));
      expect(new Set(mentions).size).toBe(mentions.length);
      for (const name of mentions) expect(["ann", "bob"]).toContain(name);
    }),
    { numRuns: 500 },
  );
});
