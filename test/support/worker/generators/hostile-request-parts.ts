import fc from "fast-check";
import { hostileStrings, hostileValues } from "./hostile-values.ts";

const text = fc.oneof(
  fc.constantFrom(...Object.values(hostileStrings)),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ maxLength: 20 }),
);

const value = fc.oneof(
  fc.constantFrom(...Object.values(hostileValues)),
  text,
  fc.jsonValue({ maxDepth: 3 }),
  fc.boolean(),
  fc.integer(),
);

const key = fc.oneof(
  fc.constantFrom(
    "__proto__",
    "constructor",
    "toJSON",
    "content",
    "name",
    "role",
    "userId",
    "nonce",
    "messageId",
    "emoji",
    "seq",
    "level",
    "markUnread",
    "alsoInChannel",
    "userIds",
    "archived",
    "id",
    "",
    "length",
    "then",
  ),
  fc.string({ maxLength: 12 }),
);

export const hostilePathSegment = fc.oneof(
  text.map((raw) => encodeURIComponent(raw.toWellFormed()).slice(0, 3_000)),
  fc.constantFrom(
    "%",
    "%ff",
    "%00",
    "%2e%2e",
    "%2F",
    "..",
    ".",
    "",
    "%C0%AF",
    ":channelId",
    "*",
    "%25%32%66",
    "me",
    "%0d%0a",
  ),
);

export const hostileQuery: fc.Arbitrary<[string, string][]> = fc.array(
  fc.tuple(
    fc.constantFrom(
      "limit",
      "cursor",
      "before",
      "after",
      "around",
      "query",
      "scope",
      "since",
      "epoch",
      "__proto__",
      "x",
      "limit%5B%5D",
    ),
    fc.oneof(
      hostilePathSegment,
      fc.integer().map(String),
      fc.constantFrom("joined", "public", "50", "eyJ9", "WzEsImEiXQ"),
    ),
  ),
  { maxLength: 4 },
);

export const hostileHeaders = fc.array(
  fc.constantFrom<[string, string]>(
    ["Accept", "text/markdown;q=x, */*;q=-1"],
    ["Accept", ",,,;;;"],
    ["Accept-Encoding", "identity;q=0, *;q=0"],
    ["Accept-Language", "x".repeat(2_000)],
    ["Content-Encoding", "gzip"],
    ["Content-Encoding", "br"],
    ["Transfer-Encoding", "x"],
    ["Expect", "100-continue"],
    ["Range", "bytes=0-0,-1,5-2"],
    ["If-None-Match", "*"],
    ["If-Match", '"x"'],
    ["If-Modified-Since", "yesterday"],
    ["Origin", "null"],
    ["Origin", "http://localhost:5173"],
    ["Access-Control-Request-Method", "DELETE"],
    ["Cookie", "__proto__=1; a=%ff"],
    ["Cookie", "__Host-parley-access=%; __Host-parley-access=;;=; parley-access"],
    ["Cookie", "parley-access=a.b.c; __Host-parley-refresh=usr_.ses_.0.x.y"],
    ["Parley-Session", "cookie"],
    ["Parley-Session", "x"],
    ["Sec-Fetch-Site", "cross-site"],
    ["Origin", "https://parley.test"],
    ["X-HTTP-Method-Override", "DELETE"],
    ["X-Forwarded-For", "::1"],
    ["X-Forwarded-Proto", "http"],
    ["X-Parley-Actor", "{}"],
    ["X-Request-Id", "req_x"],
    ["CF-Connecting-IP", "1.2.3.4"],
    ["CF-Connecting-IP", "1:::::"],
    ["CF-Connecting-IP", "not one"],
    ["User-Agent", "(".repeat(500)],
    ["User-Agent", ""],
    ["Sec-WebSocket-Protocol", "parley.v1"],
    ["Sec-WebSocket-Key", "x"],
    ["Content-Length", "1"],
    ["Content-Type", "multipart/form-data; boundary=x"],
  ),
  { maxLength: 4 },
);

/** Generates bodies: the valid one with a changed, added or missing field; any JSON; truncated JSON; bytes. */
export const hostileBody = (
  right: Record<string, unknown> | undefined,
): fc.Arbitrary<BodyInit | undefined> => {
  const fields = Object.keys(right ?? { content: 1 });
  const change = ([field, bad]: [string, unknown]) =>
    Object.fromEntries([...Object.entries(right ?? {}), [field, bad]]);
  const spoilt = fc.tuple(fc.constantFrom(...fields), value).map(change);
  const added = fc.tuple(key, value).map(change);
  const gone = fc.constantFrom(...fields).map((field) => change([field, undefined]));
  const json = fc
    .oneof(spoilt, added, gone, fc.dictionary(key, value, { maxKeys: 5 }), value)
    .map((any) => JSON.stringify(any) ?? "");
  return fc.oneof(
    { weight: 6, arbitrary: json },
    { weight: 1, arbitrary: fc.tuple(json, fc.nat(50)).map(([whole, cut]) => whole.slice(0, -1 - cut)) },
    {
      weight: 1,
      arbitrary: fc.uint8Array({ maxLength: 100 }).map((bytes) => bytes as Uint8Array<ArrayBuffer>),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "",
        "x".repeat(70_000),
        "[".repeat(60_000),
        `{"a":"${"\\ud800".repeat(5_000)}"}`,
      ),
    },
  );
};
