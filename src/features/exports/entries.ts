import type { ArchiveEntry } from "./archive.ts";

/** Makes an entry with one JSON object a line. */
export const lines = (name: string, rows: readonly object[]): ArchiveEntry => ({
  name,
  data: new TextEncoder().encode(rows.map((row) => `${JSON.stringify(row)}\n`).join("")),
});

/** Makes an entry with one JSON value. */
export const json = (name: string, value: unknown): ArchiveEntry => ({
  name,
  data: new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`),
});
