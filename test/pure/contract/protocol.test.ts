import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  ChannelId,
  ChannelName,
  clientFrames,
  commands,
  Content,
  controlFrames,
  endpoints,
  errorCatalog,
  errorsOf,
  limits,
  label,
  MessageId,
  Nonce,
  problem,
  Problem,
  sockets,
  text,
  Timestamp,
  UserId,
} from "../../../src/protocol/index.ts";

const takes = (type: z.ZodType, value: unknown): boolean => type.safeParse(value).success;
const astral = "😀";

describe("text", () => {
  test("counts code points, not UTF-16 units", () => {
    expect(takes(Content, astral.repeat(limits.contentLength))).toBe(true);
    expect(takes(Content, astral.repeat(limits.contentLength) + "a")).toBe(false);
    expect(takes(Content, "a".repeat(limits.contentLength))).toBe(true);
    expect(takes(Content, "a".repeat(limits.contentLength + 1))).toBe(false);
    expect(takes(text(2, 4), astral)).toBe(false);
    expect(takes(text(2, 4), astral + astral)).toBe(true);
  });

  test("counts combined characters by their code points", () => {
    expect(takes(text(1, 2), "e\u0301")).toBe(true);
    expect(takes(text(1, 1), "e\u0301")).toBe(false);
  });

  test("agrees with counting for any text", () => {
    const bounds = fc.tuple(fc.nat(6), fc.nat(6)).map(([min, more]) => [min, min + more] as const);
    const drawn = fc.string({ unit: fc.constantFrom("a", "é", "漢", astral, "\u{10FFFF}"), maxLength: 14 });
    fc.assert(
      fc.property(bounds, drawn, ([min, max], value) => {
        const count = [...value].length;
        expect(takes(text(min, max), value)).toBe(count >= min && count <= max);
      }),
    );
  });

  test("is kept as sent: neither trimmed nor normalized", () => {
    for (const value of [" a ", "e\u0301", "ﬁ", "a\r\nb\t", "\uFEFF", "\u202Eabc", "\uFFFF"]) {
      expect(Content.parse(value)).toBe(value);
    }
  });

  test.each([
    ["a lone high surrogate", "a\uD83D"],
    ["a lone low surrogate", "\uDE00a"],
    ["a pair the wrong way round", "\uDE00\uD83D"],
    ["NUL", "a\0b"],
  ])("rejects %s", (_, value) => {
    expect(takes(Content, value)).toBe(false);
  });

  test("is documented with its maximum length", () => {
    expect(z.toJSONSchema(text(3, 7))).toMatchObject({ minLength: 3, maxLength: 7 });
  });
});

describe("label", () => {
  test("is trimmed and composed before it is counted", () => {
    expect(label(1, 2).parse("  u\u0308 ")).toBe("ü");
    expect(takes(label(1, 2), "abc")).toBe(false);
    expect(ChannelName.parse(`${" ".repeat(100)}general`)).toBe("general");
  });

  test.each([
    ["   "],
    ["a\nb"],
    ["a\u0007b"],
    ["a\0b"],
    ["\uD800"],
    ["a".repeat(81)],
    [`${" ".repeat(320)}a`],
  ])("rejects %j", (value) => {
    expect(takes(ChannelName, value)).toBe(false);
  });
});

describe("ids", () => {
  const ulid = "01KAMF6Z5XJ4Q0V8T9W2B3C4D5";

  test("are their prefix and a ULID", () => {
    expect(takes(ChannelId, `chn_${ulid}`)).toBe(true);
    expect(takes(MessageId, `msg_7${"Z".repeat(25)}`)).toBe(true);
  });

  test.each([
    ["another prefix", `usr_${ulid}`],
    ["no prefix", ulid],
    ["lower case", `chn_${ulid.toLowerCase()}`],
    ["a letter that base 32 leaves out", `chn_${ulid.slice(0, 25)}I`],
    ["more than 128 bits", `chn_8${ulid.slice(1)}`],
    ["one character too few", `chn_${ulid.slice(1)}`],
    ["one character too many", `chn_${ulid}0`],
    ["a line after it", `chn_${ulid}\n`],
    ["a path after it", `chn_${ulid}/..`],
  ])("reject %s", (_, value) => {
    expect(takes(ChannelId, value)).toBe(false);
  });
});

test("a nonce is 1 to 64 code points", () => {
  expect(takes(Nonce, astral.repeat(64))).toBe(true);
  expect(takes(Nonce, astral.repeat(65))).toBe(false);
  for (const value of ["", "a\0", "\uD800", 7]) expect(takes(Nonce, value)).toBe(false);
});

test("a timestamp is UTC with milliseconds", () => {
  expect(takes(Timestamp, new Date().toISOString())).toBe(true);
  for (const value of [
    "2026-11-22T09:30:00Z",
    "2026-11-22T09:30:00.000+01:00",
    "2026-02-30T09:30:00.000Z",
    0,
  ]) {
    expect(takes(Timestamp, value)).toBe(false);
  }
});

/** Returns the fields that a schema rejects as unknown. */
const unknownIn = (type: z.ZodType, value: object): string[] =>
  (type.safeParse(value).error?.issues ?? []).flatMap((issue) =>
    issue.code === "unrecognized_keys" ? issue.keys : [],
  );

describe("unknown fields are rejected", () => {
  const bodies = Object.entries(endpoints).flatMap(([name, { body }]) =>
    body ? [[name, body] as const] : [],
  );
  // The query of a callback is the provider's, which may add parameters (RFC 6749 section 4.1.2).
  const queries = Object.entries(endpoints).flatMap(([name, { query }]) =>
    query && name !== "finishProviderLogin" ? [[name, query] as const] : [],
  );
  const data = Object.entries({ ...commands, ...controlFrames }).map(
    ([name, command]) => [name, command.data] as const,
  );

  test.each(bodies)("in the body of %s", (_, body) => {
    expect(unknownIn(body, { colour: "red" })).toEqual(["colour"]);
  });

  test.each(queries)("in the query of %s", (_, query) => {
    expect(unknownIn(query, { colour: "red" })).toEqual(["colour"]);
  });

  test.each(data)("in the data of a %s frame", (_, schema) => {
    expect(unknownIn(schema, { colour: "red" })).toEqual(["colour"]);
  });

  test("beside a frame's data", () => {
    const frame = { type: "messageCreate", data: { content: "hi" } };
    expect(takes(clientFrames, frame)).toBe(true);
    expect(takes(clientFrames, { ...frame, colour: "red" })).toBe(false);
  });

  test("with the names __proto__ and constructor too", () => {
    const body = endpoints["createMessage"]!.body!;
    expect(takes(body, JSON.parse('{"content":"hi","__proto__":{"a":1}}'))).toBe(false);
    expect(takes(body, { content: "hi", constructor: 1 })).toBe(false);
  });
});

describe("catalogue of endpoints", () => {
  const all = Object.entries(endpoints);

  test("has one name for each method and path", () => {
    const occurrences = all.map(([, { method, path }]) => `${method} ${path.replaceAll(/:\w+/g, ":")}`);
    expect(occurrences.filter((place, index) => occurrences.indexOf(place) !== index)).toEqual([]);
    for (const { path } of Object.values(sockets))
      expect(occurrences).not.toContain(`get ${path.replaceAll(/:\w+/g, ":")}`);
  });

  test("has paths below /v1, apart from those that a standard or a problem fixes", () => {
    const elsewhere = all.filter(([, { path }]) => !path.startsWith("/v1/")).map(([name]) => name);
    expect(elsewhere.toSorted()).toEqual(["getErrorPage", "getKeys", "openPermalink"]);
  });

  test.each(all)("%s has exactly the parameters of its path", (_, { path, params }) => {
    const named = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name);
    expect(params ? Object.keys((params as z.ZodObject).shape) : []).toEqual(named);
  });

  test.each(all)("%s reads without a body, and returns 204 exactly without content", (_, endpoint) => {
    if (endpoint.method === "get") expect(endpoint.body).toBeUndefined();
    const hasContent = endpoint.response !== undefined || endpoint.produces !== undefined;
    if (endpoint.status !== 202) expect(hasContent).toBe(endpoint.status !== 204 && endpoint.status !== 302);
  });
});

test("every endpoint can be rejected for load, and without a session if it needs one", () => {
  for (const endpoint of Object.values(endpoints)) {
    expect(errorsOf(endpoint)).toEqual(expect.arrayContaining(["internal", "rate_limited"]));
    // Health reports that it is down by its own body.
    expect(errorsOf(endpoint).includes("unavailable")).toBe(endpoint.unhealthyStatus === undefined);
    expect(errorsOf(endpoint).includes("unauthenticated")).toBe(
      endpoint.auth !== "public" || endpoint.errors.includes("unauthenticated"),
    );
    expect(new Set(errorsOf(endpoint)).size).toBe(errorsOf(endpoint).length);
  }
});

test("a problem takes its fixed part from the catalogue", () => {
  const made = problem({ code: "conflict", detail: "The name is taken", requestId: "req_1" });
  expect(made).toEqual({
    type: "/errors/conflict",
    title: errorCatalog.conflict.title,
    status: 409,
    detail: "The name is taken",
    code: "conflict",
    requestId: "req_1",
  });
  expect(takes(Problem, made)).toBe(true);
});

test("ids of different kinds are distinguished", () => {
  expect(takes(UserId, "chn_01KAMF6Z5XJ4Q0V8T9W2B3C4D5")).toBe(false);
});
