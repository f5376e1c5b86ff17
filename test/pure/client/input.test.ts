import { describe, expect, test } from "vitest";
import { toEmoji } from "../../../src/text/emoji.ts";
import { asciiDomain, Email, login, TimestampInput, Username } from "../../../src/protocol/index.ts";

const reservedNames = [
  "me",
  "all",
  "everyone",
  "here",
  "channel",
  "admin",
  "system",
  "support",
  "owner",
  "bot",
  "parley",
  "root",
  "online",
  "moderator",
  "null",
  "undefined",
  "nobody",
];

describe("[AC11] username", () => {
  test.each([
    ["Ann", "ann"],
    ["  ann\t", "ann"],
    ["@ann", "ann"],
    [" @Ann ", "ann"],
    ["a.b", "a.b"],
    ["-7", "-7"],
    ["adminka", "adminka"],
  ])("%j is stored as %s", (given, kept) => expect(Username.parse(given)).toBe(kept));

  test.each(reservedNames)("%s is reserved, in any case", (name) => {
    for (const given of [name, name.toUpperCase(), `@${name}`])
      expect(Username.safeParse(given).error?.issues[0]?.message).toMatch(/reserved/);
  });

  test.each([
    "..",
    "._-",
    "--",
    "ann.",
    "ann..",
    "@@ann",
    "an n",
    "ann@",
    "a",
    "ä".repeat(3),
    "x".repeat(33),
    "",
  ])("%j is rejected", (given) => expect(Username.safeParse(given).success).toBe(false));
});

describe("[AC11] login", () => {
  const { shape } = login.body;
  test.each([
    [" ann ", "ann"],
    ["@ann", "ann"],
    ["\tann@parley.test\n", "ann@parley.test"],
    ["@ann@parley.test", "@ann@parley.test"],
  ])("%j is read as %j", (given, read) => expect(shape.login.parse(given)).toBe(read));

  test.each(["", " ", "@", " @ "])("%j is rejected", (given) =>
    expect(shape.login.safeParse(given).success).toBe(false),
  );
});

describe("[AC11] e-mail address", () => {
  test.each([
    "ann@parley.test",
    "ann+tag@sub.parley.test",
    "o'brien@parley.test",
    "ann@bücher.example",
    "用户@例子.广告",
    "ñandú@correo.example",
    "δοκιμή@παράδειγμα.δοκιμή",
    "अजय@डाटा.भारत",
    "ann@xn--bcher-kva.example",
  ])("%s is accepted unchanged", (given) => {
    expect(Email.parse(` ${given}\n`)).toBe(given);
  });

  test.each([
    "ann",
    "@parley.test",
    "ann@",
    "ann@parley",
    "ann@@parley.test",
    "an n@parley.test",
    "ann@par ley.test",
    ".ann@parley.test",
    "ann.@parley.test",
    "a..b@parley.test",
    "ann@-parley.test",
    "ann@parley..test",
    "ann@192.0.2.1",
    "ann@[192.0.2.1]",
    "ann@parley.test:25",
    "ann@parley.test/x",
    "ann@user:pw@parley.test",
    "ann\u202e@parley.test",
    "ann\0@parley.test",
    '"ann"@parley.test',
    "Ann <ann@parley.test>",
    `${"ü".repeat(33)}@parley.test`,
    `ann@${"a".repeat(64)}.test`,
    `ann@${"a.".repeat(130)}test`,
    "",
  ])("%j is rejected", (given) => expect(Email.safeParse(given).success).toBe(false));

  test("has one domain, in Unicode and in Punycode", () => {
    expect(asciiDomain("BÜCHER.example")).toBe("xn--bcher-kva.example");
    expect(asciiDomain("xn--bcher-kva.example")).toBe("xn--bcher-kva.example");
  });

  test("[ER5] of 64 KiB is checked at once", () => {
    const startedAt = process.cpuUsage().user;
    for (const worst of [
      "a.".repeat(32_768),
      `a@${"a.".repeat(32_768)}`,
      `${"ü".repeat(500)}@${"ü.".repeat(250)}`,
    ])
      Email.safeParse(worst);
    expect(process.cpuUsage().user - startedAt).toBeLessThan(100_000);
  });
});

describe("timestamp from a client", () => {
  test.each([
    ["2026-11-22T09:30:00.000Z", "2026-11-22T09:30:00.000Z"],
    ["2026-11-22T09:30:00Z", "2026-11-22T09:30:00.000Z"],
    ["2026-11-22T10:30:00+01:00", "2026-11-22T09:30:00.000Z"],
    ["2026-11-22T00:30:00-09:30", "2026-11-22T10:00:00.000Z"],
    ["2026-11-22t09:30:00z", "2026-11-22T09:30:00.000Z"],
    ["2026-11-22 09:30:00.5Z", "2026-11-22T09:30:00.500Z"],
    ["2026-11-22T09:30:00.123456789Z", "2026-11-22T09:30:00.123Z"],
    ["2026-12-31T23:59:60Z", "2027-01-01T00:00:00.000Z"],
    ["2026-11-22T09:30:00-00:00", "2026-11-22T09:30:00.000Z"],
    ["2028-02-29T00:00:00Z", "2028-02-29T00:00:00.000Z"],
  ])("%s is stored as %s", (given, kept) => expect(TimestampInput.parse(given)).toBe(kept));

  test.each([
    "2026-11-22",
    "2026-11-22T09:30Z",
    "2026-11-22T09:30:00",
    "2026-02-30T09:30:00Z",
    "2026-02-29T09:30:00Z",
    "2026-13-01T09:30:00Z",
    "2026-11-22T25:00:00Z",
    "2026-11-22T09:61:00Z",
    "2026-11-22T09:30:00+25:00",
    "2026-11-22T09:30:00+0100",
    "9999-12-31T23:59:59-01:00",
    "1763803800000",
    "",
    "x".repeat(65),
  ])("%j is rejected", (given) => expect(TimestampInput.safeParse(given).success).toBe(false));
});

test.each([
  ["❤\u{FE0E}", "❤️"],
  ["❤", "❤️"],
  ["☺\u{FE0E}", "☺️"],
  ["👍\u{FE0E}", "👍"],
  ["1\u{FE0E}\u{20E3}", "1️⃣"],
])("[RX1] the emoji %j is %s, also in text presentation", (given, emoji) => {
  expect(toEmoji(given)).toBe(emoji);
});
