import { env } from "cloudflare:workers";
import { randomToken, newId } from "../../../src/lib/ids.ts";
import { unwrap } from "../../../src/rpc/rpc-result.ts";
import { isoTime } from "../../../src/lib/time.ts";
import { completeFile, insertFile } from "../../../src/features/files/file-queries.ts";
import type { FileRef } from "../../../src/protocol/index.ts";
import { databaseRows } from "./database.ts";
import { hubStub, hubRows } from "./hubs.ts";
import { runScheduledTask } from "./projection.ts";
import { roomRows } from "./room.ts";

const { FILES } = env;
const plenty = 1_000_000_000;

interface Made {
  name?: string;
  type?: string;
  bytes?: string;
}

/** A complete file of this user, made as an upload makes it, without one. */
export async function createStoredFile(
  { userId }: { userId: string },
  { name = "a.txt", type = "text/plain", bytes = "hello" }: Made = {},
): Promise<FileRef> {
  const id = newId("fil");
  const key = randomToken(12);
  const nowMs = Date.now();
  const sizeBytes = bytes.length;
  unwrap(await hubStub(userId).reserveFile({ fileId: id, key, sizeBytes }));
  await insertFile(env, { id, uploaderId: userId, key, name, sizeBytes, createdAt: nowMs }, plenty);
  await FILES.put(key, bytes);
  const file: FileRef = {
    id,
    name,
    type,
    sizeBytes,
    sha256: "0".repeat(64),
    uploaderId: userId,
    createdAt: isoTime(nowMs),
  };
  await completeFile(env, file);
  return unwrap(await hubStub(userId).finishFile(file));
}

/** What there is of all files: objects in R2, rows in D1, and what the workspace is charged. */
export async function storedFileTotals(): Promise<{ objects: number; rows: number; charged: number }> {
  const [row] = await databaseRows<{ rows: number; charged: number }>(
    "SELECT (SELECT count(*) FROM files) AS rows, (SELECT size_bytes FROM file_usage) AS charged",
  );
  return { objects: (await FILES.list()).objects.length, ...row! };
}

export const noStoredFiles = { objects: 0, rows: 0, charged: 0 };

/** The states of a user's files, as their hub has them. */
export async function fileStates({ userId }: { userId: string }): Promise<Record<string, unknown>> {
  return Object.fromEntries((await hubRows(userId, "files")).map(({ id, state }) => [id, state]));
}

/** What a user's quota is charged. */
export const chargedBytes = async ({ userId }: { userId: string }): Promise<unknown> =>
  (await hubRows(userId, "file_space"))[0]?.["size_bytes"];

/** R2 refuses everything until it is restored. */
export function disconnectBucket(): void {
  const refuse = (): never => {
    throw new Error("R2 does not answer");
  };
  Object.assign(env, { FILES: new Proxy({}, { get: () => refuse }) });
}

export const restoreBucket = (): void => void Object.assign(env, { FILES });

/** The room's alarm, where hubs still have to be told of files that went with their messages. */
export async function notifyHubsOfFiles(channelId: string): Promise<void> {
  const waiting = await roomRows(
    channelId,
    "SELECT 1 AS one FROM carried_files WHERE dropped_seq > coalesce((SELECT seq FROM cursors WHERE sink = 'files'), 0)",
  );
  if (waiting.length > 0) await runScheduledTask(channelId, "files");
}
