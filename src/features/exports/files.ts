import { and, asc, eq, gt, isNotNull } from "drizzle-orm";
import { accountDatabase, files } from "../../db/index.ts";
import { isoTime } from "../../lib/time.ts";
import { callBucket } from "../files/index.ts";
import type { JobRow } from "../jobs/index.ts";
import { type ArchiveEntry, storeEntries, storeStream } from "./archive.ts";

type FileRow = typeof files.$inferSelect;

const filesPerStep = 50;
/** Smaller files are packed together, in memory; a larger one is streamed as a separate segment. */
const packedBytes = 512 * 1024;
/** Bytes of streamed files after which a step ends. */
const bytesPerStep = 64 * 1024 * 1024;

/** Stores the user's next files after the file `after`. Returns the segments and bytes stored; `next` is null after the last file. */
export async function exportFiles(
  env: Env,
  { id: jobId, subjectId }: JobRow,
  { after, segment: firstSegment }: { after: string; segment: number },
): Promise<{ segment: number; bytes: number; next: string | null }> {
  const rows = await accountDatabase(env)
    .select()
    .from(files)
    .where(and(eq(files.uploaderId, subjectId), gt(files.id, after), isNotNull(files.type)))
    .orderBy(asc(files.id))
    .limit(filesPerStep);
  if (rows.length === 0) return { segment: firstSegment, bytes: 0, next: null };
  const packed: ArchiveEntry[] = [];
  const exported: FileRow[] = [];
  let [segment, bytes] = [firstSegment, 0];
  for (const row of rows) {
    if (bytes > bytesPerStep) break;
    const object = await callBucket(() => env.FILES.get(row.key));
    exported.push(row);
    // A file that is being deleted has a row for a moment longer.
    if (!object) continue;
    const name = `files/${row.id}`;
    if (object.size <= packedBytes)
      packed.push({ name, data: new Uint8Array(await callBucket(() => object.arrayBuffer())) });
    else bytes += await storeStream(env, jobId, segment++, { name, size: object.size, body: object.body });
  }
  packed.push(listOf(exported));
  bytes += await storeEntries(env, jobId, segment++, packed);
  const isLast = exported.length === rows.length && rows.length < filesPerStep;
  return { segment, bytes, next: isLast ? null : (exported.at(-1)?.id ?? null) };
}

/** The list of these files, since their names may be in any script and are not those of the entries. */
function listOf(rows: readonly FileRow[]): ArchiveEntry {
  const lines = rows.map(({ id, name, type, sizeBytes, sha256, createdAt }) =>
    JSON.stringify({ id, name, type, sizeBytes, sha256, createdAt: isoTime(createdAt) }),
  );
  return {
    name: `files/${rows.at(-1)?.id ?? "none"}.jsonl`,
    data: new TextEncoder().encode(`${lines.join("\n")}\n`),
  };
}
