import { describe, expect, test } from "vitest";
import { decodeCursor } from "../../src/core/pagination.ts";
import { parseFrame } from "../../src/core/client-frame.ts";
import { toEmoji } from "../../src/core/emoji.ts";
import { foldKey } from "../../src/core/fold.ts";
import { foldText } from "../../src/core/fold-text.ts";
import { errorLine } from "../../src/core/log-line.ts";
import { stemOf, wordsOf } from "../../src/core/words.ts";
import { addressPrefix, deviceOf } from "../../src/features/auth/device.ts";
import { isKnown, isSame, parseRange } from "../../src/features/files/content/range.ts";
import { contentDigest } from "../../src/features/files/upload/file-validation.ts";
import { mediaType } from "../../src/features/files/upload/file-upload-handler.ts";
import { calledIn } from "../../src/features/messages/mentions.ts";
import { periodOf } from "../../src/features/search/query/dates.ts";
import { parse } from "../../src/features/search/query/parse.ts";
import { offeredSubprotocols, ticketOf } from "../../src/http/upgrade.ts";
import { bearerToken } from "../../src/http/authenticate.ts";
import { endpoints } from "../../src/protocol/index.ts";
import { z } from "zod";
import { attacks, cpuMs } from "../support/attacks.ts";

const headerLength = 64 * 1024;
/** The longest message, in UTF-16 units. */
const messageLength = 16_000;
/** What one input may take. Quadratic expressions take some 5 s on 64 KiB, and more than 300 ms on a message. */
const boundMs = 150;

const requestWith = (name: string, value: string): Request =>
  ({ headers: { get: (asked: string) => (asked === name ? value : null) } }) as unknown as Request;

interface Subject {
  run: (input: string) => unknown;
  length?: number;
  prefixes?: string[];
}

const subjects: Record<string, Subject> = {
  Range: { run: (header) => parseRange(header, 10), prefixes: ["", "bytes=", "bytes=1-", "bytes"] },
  "If-None-Match": { run: (header) => isKnown(header, '"a"'), prefixes: ["", 'W/"'] },
  "If-Range": { run: (header) => isSame(header, '"a"') },
  "Content-Digest": { run: contentDigest, prefixes: ["", "sha-256=", "sha-256=:", "a=b,", "a"] },
  "Content-Type": { run: mediaType, prefixes: ["", "text/plain", "text/plain;"] },
  Authorization: {
    run: (value) => bearerToken(requestWith("Authorization", value)),
    prefixes: ["", "Bearer "],
  },
  "Sec-WebSocket-Protocol": {
    run: (value) => offeredSubprotocols(requestWith("Sec-WebSocket-Protocol", value)).map(ticketOf),
    prefixes: ["", "ticket.", "ticket.usr_"],
  },
  "User-Agent": { run: (value) => deviceOf(requestWith("User-Agent", value)) },
  "CF-Connecting-IP": { run: addressPrefix, prefixes: ["", "::ffff:1.2.3.", "1::"] },
  "a cursor": { run: (cursor) => decodeCursor(cursor, z.array(z.string())), prefixes: ["", "WyI"] },
  "a frame": { run: parseFrame, prefixes: ["", '{"type":"', '{"type":"ping","id":"'] },
  "an emoji": { run: toEmoji, prefixes: ["", "😀"] },
  "a key of a name": { run: foldKey },
  "an error's text": { run: errorLine, prefixes: ["", '"'] },
  "mentions of a message": { run: calledIn, length: messageLength, prefixes: ["@a ", "```\n@", "@a`"] },
  "words of a message": { run: wordsOf, length: messageLength, prefixes: ["", "é"] },
  "a folded message": { run: foldText, length: messageLength, prefixes: ["é"] },
  "a stem": { run: stemOf },
  "a search query": { run: parse, length: 1_000, prefixes: ["", "from:", '"', "-"] },
  "a date of a search": { run: (text) => periodOf(text, "UTC", 0), length: 1_000, prefixes: ["", "2026-"] },
};

describe.each(Object.entries(subjects))("%s", (_name, { run, length = headerLength, prefixes = [""] }) => {
  test("[BW1] the worst inputs take linear time", () => {
    for (const input of attacks(length, prefixes))
      expect(
        cpuMs(() => run(input), boundMs),
        JSON.stringify(input.slice(0, 40)),
      ).toBeLessThan(boundMs);
  });
});

test("[BW1] so do they in every field that the contract knows, before and behind its bounds", () => {
  const inputs = [...attacks(headerLength, ["", "a@a", "2026-11-28T"])];
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
});
