import { expect, test } from "vitest";
import { matchesIfRange, parseRange } from "../../../src/features/files/content/conditional-headers.ts";
import { matchesIfNoneMatch } from "../../../src/http/if-none-match.ts";

test.each([
  ["bytes=0-0", { offset: 0, length: 1 }],
  ["bytes=2-4", { offset: 2, length: 3 }],
  ["bytes=7-", { offset: 7, length: 3 }],
  ["bytes=7-99", { offset: 7, length: 3 }],
  ["bytes=-3", { offset: 7, length: 3 }],
  ["bytes=-99", { offset: 0, length: 10 }],
  [" Bytes = 1 - 2 ", { offset: 1, length: 2 }],
  ["bytes=10-", "unsatisfiable"],
  ["bytes=99-100", "unsatisfiable"],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=4-2", "whole"],
  ["bytes=0-1,3-4", "whole"],
  ["bytes=-", "whole"],
  ["bytes=1.5-2", "whole"],
  ["bytes=0x1-2", "whole"],
  ["bytes=1-9999999999999999999", "whole"],
  ["lines=1-2", "whole"],
  ["", "whole"],
  [undefined, "whole"],
] as const)("[FL6] of ten bytes, %j is %j", (header, range) => {
  expect(parseRange(header, 10)).toEqual(range);
});

test("[FL6] a known ETag, also a weak one, needs no bytes; a range an exact one", () => {
  for (const header of ['"a"', 'W/"a"', '"b", "a"', "*"])
    expect(matchesIfNoneMatch(header, '"a"'), header).toBe(true);
  for (const header of [undefined, "", '"b"', "a", 'W/"b"'])
    expect(matchesIfNoneMatch(header, '"a"'), header).toBe(false);
  for (const header of [undefined, '"a"']) expect(matchesIfRange(header, '"a"'), header).toBe(true);
  for (const header of ['W/"a"', '"b"', "Sun, 22 Nov 2026 00:00:00 GMT"])
    expect(matchesIfRange(header, '"a"'), header).toBe(false);
});
