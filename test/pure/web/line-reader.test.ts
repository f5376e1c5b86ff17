import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LineReader } from "../../../web/src/admin/audit/line-reader.ts";

const line = (cursor: string): string => `${JSON.stringify({ id: cursor, cursor })}\n`;

describe("LineReader", () => {
  test("returns complete lines, whatever the parts are", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 })), fc.infiniteStream(fc.nat(20)), (cursors, sizes) => {
        const text = cursors.map(line).join("");
        const reader = new LineReader();
        let read = "";
        for (let at = 0; at < text.length;) {
          const size = (sizes.next().value ?? 0) + 1;
          read += reader.push(text.slice(at, at + size));
          at += size;
        }
        expect(read).toBe(text);
        expect(reader.count).toBe(cursors.length);
        expect(reader.cursor).toBe(cursors.at(-1));
      }),
    );
  });

  test("continues after the last complete line of an interrupted text", () => {
    const reader = new LineReader();
    expect(reader.push(line("a") + '{"id":"b","cur')).toBe(line("a"));
    expect(reader.cursor).toBe("a");
    reader.discardRest();
    expect(reader.push(line("b"))).toBe(line("b"));
    expect([reader.cursor, reader.count]).toEqual(["b", 2]);
  });

  test("has no cursor before the first line", () => {
    const reader = new LineReader();
    expect(reader.push('{"id":')).toBe("");
    expect(reader.cursor).toBeUndefined();
  });
});
