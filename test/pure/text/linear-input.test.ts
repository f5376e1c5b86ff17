import { describe, expect, test } from "vitest";
import { decodeCursor } from "../../../src/domain/pagination.ts";
import { parseFrame } from "../../../src/sockets/client-frame.ts";
import { toEmoji } from "../../../src/text/emoji.ts";
import { foldKey } from "../../../src/text/fold-key.ts";
import { foldText } from "../../../src/text/fold-text.ts";
import { describeError } from "../../../src/lib/log-line.ts";
import { stemOf, wordsOf } from "../../../src/text/words.ts";
import { addressPrefix } from "../../../src/lib/address-prefix.ts";
import { deviceOf } from "../../../src/http/device.ts";
import {
  matchesIfNoneMatch,
  matchesIfRange,
  parseRange,
} from "../../../src/features/files/content/conditional-headers.ts";
import { contentDigest } from "../../../src/features/files/upload/file-validation.ts";
import { parseDeclaredType } from "../../../src/features/files/upload/file-upload-handler.ts";
import { entitiesOf } from "../../../src/features/messages/entities.ts";
import { parseMarkup } from "../../../src/text/markup.ts";
import { parseMentions } from "../../../src/features/messages/mentions.ts";
import { parsePeriod } from "../../../src/features/search/query/date-periods.ts";
import { parseQuery } from "../../../src/features/search/query/parse.ts";
import { userOfTicket } from "../../../src/domain/ticket-text.ts";
import { offeredSubprotocols } from "../../../src/http/upgrade.ts";
import { bearerToken } from "../../../src/http/authenticate.ts";
import { endpoints } from "../../../src/protocol/index.ts";
import { z } from "zod";
import { headBytes } from "../../../src/features/files/types/sniff.ts";
import { detectType } from "../../../src/features/files/types/detect-type.ts";
import { backtrackingInputs, cpuMs } from "../../support/backtracking-inputs.ts";
import { compoundFile } from "../../support/compound-file.ts";

const headerLength = 64 * 1024;
/** The longest message, in UTF-16 units. */
const messageLength = 16_000;
/**
 * What one input may take, in milliseconds. Quadratic expressions take some 5 s on 64 KiB, and more than 300 ms
 * on a message.
 */
const boundMs = 150;

/** Type detection of 128 KiB takes some milliseconds, a quadratic search through them some seconds. */
const headMs = 400;

const requestWith = (name: string, value: string): Request =>
  ({ headers: { get: (requested: string) => (requested === name ? value : null) } }) as unknown as Request;

interface Subject {
  run: (input: string) => unknown;
  length?: number;
  prefixes?: string[];
}

const subjects: Record<string, Subject> = {
  Range: { run: (header) => parseRange(header, 10), prefixes: ["", "bytes=", "bytes=1-", "bytes"] },
  "If-None-Match": { run: (header) => matchesIfNoneMatch(header, '"a"'), prefixes: ["", 'W/"'] },
  "If-Range": { run: (header) => matchesIfRange(header, '"a"') },
  "Content-Digest": { run: contentDigest, prefixes: ["", "sha-256=", "sha-256=:", "a=b,", "a"] },
  "Content-Type": { run: parseDeclaredType, prefixes: ["", "text/plain", "text/plain;"] },
  Authorization: {
    run: (value) => bearerToken(requestWith("Authorization", value)),
    prefixes: ["", "Bearer "],
  },
  "Sec-WebSocket-Protocol": {
    run: (value) =>
      offeredSubprotocols(requestWith("Sec-WebSocket-Protocol", value)).map((name) =>
        userOfTicket("key", name.replace("ticket.", "")),
      ),
    prefixes: ["", "ticket.", "ticket.usr_"],
  },
  "User-Agent": { run: (value) => deviceOf(requestWith("User-Agent", value)) },
  "CF-Connecting-IP": {
    run: (address) => addressPrefix(address, { ipv4: 24, ipv6: 48 }),
    prefixes: ["", "::ffff:1.2.3.", "1::"],
  },
  "a cursor": { run: (cursor) => decodeCursor(cursor, z.array(z.string())), prefixes: ["", "WyI"] },
  "a frame": { run: parseFrame, prefixes: ["", '{"type":"', '{"type":"ping","id":"'] },
  "an emoji": { run: toEmoji, prefixes: ["", "😀"] },
  "a key of a name": { run: foldKey },
  "an error's text": { run: describeError, prefixes: ["", '"'] },
  "mentions of a message": { run: parseMentions, length: messageLength, prefixes: ["@a ", "```\n@", "@a`"] },
  "markup of a message": {
    run: (text) => entitiesOf(text, parseMarkup(text), []),
    length: messageLength,
    prefixes: ["*a ", "_a_ ", "~~a", "[x](", "[a](https://a.b/c) ", "> ", ":a:", "https://a.b/", "**_*"],
  },
  "words of a message": { run: wordsOf, length: messageLength, prefixes: ["", "é"] },
  "a folded message": { run: foldText, length: messageLength, prefixes: ["é"] },
  "a stem": { run: stemOf },
  "a search query": { run: parseQuery, length: 1_000, prefixes: ["", "from:", '"', "-"] },
  "a date of a search": {
    run: (text) => parsePeriod(text, "UTC", 0),
    length: 1_000,
    prefixes: ["", "2026-"],
  },
};

describe.each(Object.entries(subjects))("%s", (_name, { run, length = headerLength, prefixes = [""] }) => {
  test("[BW1] the worst inputs take linear time", { timeout: 60_000 }, () => {
    for (const input of backtrackingInputs(length, prefixes))
      expect(
        cpuMs(() => run(input), boundMs),
        JSON.stringify(input.slice(0, 40)),
      ).toBeLessThan(boundMs);
  });
});

test(
  "[BW1] so do they in every field of the contract, within and beyond its bounds",
  { timeout: 60_000 },
  () => {
    const inputs = [...backtrackingInputs(headerLength, ["", "a@a", "2026-11-28T"])];
    const slow: string[] = [];
    for (const [name, { body, query, params }] of Object.entries(endpoints))
      for (const schema of [body, query, params]) {
        if (!(schema instanceof z.ZodObject)) continue;
        for (const [field, value] of Object.entries(schema.shape as Record<string, z.ZodType>))
          for (const input of inputs)
            if (cpuMs(() => value.safeParse(input), boundMs) >= boundMs)
              slow.push(`${name}.${field}: ${JSON.stringify(input.slice(0, 20))}`);
      }
    expect(slow).toEqual([]);
  },
);

const begins: Record<string, number[]> = {
  nothing: [],
  PNG: [...Buffer.from("89504e470d0a1a0a0000000d49484452000000010000000108020000000000", "hex")],
  GIF: [...Buffer.from("GIF89a")],
  JPEG: [0xff, 0xd8, 0xff],
  TIFF: [0x49, 0x49, 42, 0, 8, 0, 0, 0, 255, 255],
  BigTIFF: [0x49, 0x49, 43, 0, 8, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0],
  WebP: [...Buffer.from("RIFF\xff\xff\xff\xffWEBP", "latin1")],
  WAV: [...Buffer.from("RIFF\xff\xff\xff\xffWAVE", "latin1")],
  AVIF: [0, 0, 0, 16, ...Buffer.from("ftypavif"), 0, 0, 0, 0],
  "JPEG 2000": [0, 0, 0, 12, ...Buffer.from("jP  \r\n\x87\n", "latin1")],
  "JPEG XL": [0, 0, 0, 12, ...Buffer.from("JXL \r\n\x87\n", "latin1")],
  icons: [0, 0, 1, 0, 255, 255],
  ICNS: [...Buffer.from("icns"), 127, 255, 255, 255],
  MP3: [...Buffer.from("ID3"), 3, 0, 0, 0, 0, 0, 0],
  Ogg: [...Buffer.from("OggS")],
  Matroska: [0x1a, 0x45, 0xdf, 0xa3],
  ASF: [...Buffer.from("3026b2758e66cf11a6d900aa0062ce6c", "hex")],
  ZIP: [0x50, 0x4b, 3, 4],
  tar: [...Buffer.concat([Buffer.alloc(257, 0xee), Buffer.from("ustar")])],
  "compound file": [...compoundFile({})],
  "MPEG transport": [0x47],
};
const repeated = [
  [0],
  [0xff],
  [1],
  [0x80],
  [0xff, 0xd8],
  [0xff, 0xff, 0xc0],
  [0, 0, 0, 8],
  [0, 0, 0, 9, 0x66],
  [0x50, 0x4b, 3, 4],
  [0x47, 0xee],
  [0xff, 0xfb],
  [0x42, 0x86, 0x81],
];

test("[BW1] so does the detection of a file's type by its first bytes", { timeout: 120_000 }, async () => {
  const rules = { FILE_TYPES: ["*/*"], FILE_MAX_PIXELS: 1e8 };
  const slow: string[] = [];
  for (const [name, begin] of Object.entries(begins))
    for (const pattern of repeated) {
      const head = Uint8Array.from(
        { length: headBytes },
        (_, at) => begin[at] ?? pattern[at % pattern.length]!,
      );
      const before = process.cpuUsage();
      await detectType({ head, whole: false }, { type: "audio/mpeg" }, rules).catch(() => {});
      const { user, system } = process.cpuUsage(before);
      if ((user + system) / 1_000 > headMs) slow.push(`${name} and ${pattern.join(" ")}: ${user / 1_000} ms`);
    }
  expect(slow).toEqual([]);
});
