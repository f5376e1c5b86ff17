import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import type { FileRef } from "../../../src/protocol/index.ts";
import { expectRoomMatchesLog } from "../../support/worker/assertions/room-tables.ts";
import { latestMessages } from "../../support/worker/clients/event-log.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import {
  chargedBytes,
  createStoredFile,
  fileStates,
  storedFileTotals,
} from "../../support/worker/fixtures/stored-files.ts";
import {
  fileOperation,
  type FileOperation,
  FileSimulation,
} from "../../support/worker/generators/file-operations.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";

/**
 * To repeat a failure: VITE_MODEL_SEED=… VITE_MODEL_PATH=… npx vitest run --project worker
 * test/worker/files/model
 */
const seed = Number(process.env["VITE_MODEL_SEED"] ?? Date.now() % 2 ** 31);
const path = process.env["VITE_MODEL_PATH"];
const runs = Number(process.env["VITE_MODEL_RUNS"] ?? 25);

afterEach(() => {
  onFailpoint(undefined);
  vi.useRealTimers();
});

async function expectConsistent(ann: TestUser, channels: string[], files: FileRef[]): Promise<void> {
  const carried: string[] = [];
  for (const channelId of channels) {
    for (const message of await latestMessages(channelId, ann))
      carried.push(...message.files.map(({ id }) => id));
    await expectRoomMatchesLog(channelId);
  }
  expect(new Set(carried).size, "a file is in one message").toBe(carried.length);
  const [user] = await databaseRows<{ avatar: string | null }>(
    "SELECT avatar_file_id AS avatar FROM users WHERE id = ?",
    ann.userId,
  );
  const states = await fileStates(ann);
  for (const { id } of files) {
    const wanted = carried.includes(id)
      ? ["carried"]
      : user!.avatar === id
        ? ["avatar"]
        : ["ready", undefined];
    expect(wanted, id).toContain(states[id]);
  }
  const left = Object.keys(states);
  const rows = await databaseRows<{ id: string }>("SELECT id FROM files ORDER BY id");
  expect(rows.map(({ id }) => id)).toEqual(left.sort());
  expect(await storedFileTotals()).toEqual({
    objects: left.length,
    rows: left.length,
    charged: left.length * 4_096,
  });
  expect(await chargedBytes(ann)).toBe(left.length * 4_096);
}

async function runOperations(steps: FileOperation[]): Promise<void> {
  const ann = await createUser("ann");
  const channels = [await createChannelFor(ann), await createChannelFor(ann)];
  const files = await Promise.all(
    Array.from({ length: 6 }, () => createStoredFile(ann, { type: "image/png" })),
  );
  const simulation = new FileSimulation(ann, channels, files);
  await simulation.run(steps);
  await simulation.settle();
  await expectConsistent(ann, channels, files);
  // The next sequence begins with an empty state.
  vi.useRealTimers();
  await env.DB.batch([
    env.DB.prepare("DELETE FROM files"),
    env.DB.prepare("UPDATE file_usage SET size_bytes = 0"),
  ]);
  const { objects } = await env.FILES.list();
  await env.FILES.delete(objects.map(({ key }) => key));
}

test("[FL8] [FL9] [FL10] [FL12] random operations: one message per file or free", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fileOperation, { minLength: 12, maxLength: 12 }), runOperations),
    {
      seed,
      numRuns: runs,
      ...(path && { path }),
      endOnFailure: false,
    },
  );
});
