import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { createLog, EventLog } from "../../../src/durable/event-log.ts";

/** More than 4 KiB. */
const firstRows = 60;

/** The interface of an object's SQLite over a file. */
function storageOf(database: DatabaseSync): SqlStorage {
  const exec = (query: string, ...bindings: (string | number | null)[]) => {
    if (bindings.length === 0 && query.includes(";")) {
      database.exec(query);
      return { toArray: () => [] };
    }
    const rows = database.prepare(query).all(...bindings);
    return { toArray: () => rows, one: () => rows[0], [Symbol.iterator]: () => rows[Symbol.iterator]() };
  };
  return { exec } as unknown as SqlStorage;
}

test.each([0, 10, 500, 2_900, 3_100, 9_000])(
  "[EZ12] redaction leaves no text in the file: %s characters",
  (length) => {
    const directory = mkdtempSync(join(tmpdir(), "parley-"));
    const path = join(directory, "log.sqlite");
    const database = new DatabaseSync(path);
    try {
      database.exec("PRAGMA journal_mode = WAL");
      const sql = storageOf(database);
      createLog(sql);
      const log = new EventLog(sql);
      log.start("epoch");
      // The first page of a table becomes its root, and keeps what it contained in its free space.
      for (let nr = 0; nr < firstRows; nr++)
        log.append({
          at: 0,
          actorId: "usr",
          type: "memberJoin",
          data: JSON.stringify({ text: "x".repeat(100) }),
        });
      for (let nr = 0; nr < 60; nr++) {
        const about = { at: nr, actorId: "usr", type: "messageCreate" };
        const seq = log.append({ ...about, data: JSON.stringify({ text: `hidden${"é".repeat(length)}` }) });
        log.append({
          ...about,
          data: JSON.stringify({ text: `hidden edit ${nr}` }),
          projectionData: JSON.stringify({ previous: `hidden${"z".repeat(length)}` }),
          subject: `msg_${seq}`,
        });
        log.append({ ...about, data: JSON.stringify({ text: "kept" }) });
      }
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      expect(readFileSync(path, "latin1").includes("hidden")).toBe(true);
      for (let seq = firstRows + 1; seq <= firstRows + 180; seq += 3) {
        database.exec("BEGIN");
        log.redact(seq, `msg_${seq}`, () => '{"text":""}');
        database.exec("COMMIT");
      }
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      expect(readFileSync(path, "latin1").includes("hidden")).toBe(false);
      const rows = log.read(firstRows, 1_000, 1e9);
      expect(rows.map(({ data }) => JSON.parse(data).text)).toEqual(
        Array.from({ length: 60 }, () => ["", "", "kept"]).flat(),
      );
      for (const { projectionData } of rows) expect(projectionData).toBeNull();
    } finally {
      database.close();
      rmSync(directory, { recursive: true });
    }
  },
);
