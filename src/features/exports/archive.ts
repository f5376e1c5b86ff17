import { createTarPacker, packTar } from "modern-tar";
import { callBucket } from "../files/index.ts";

/**
 * The archive of an export is a tar file that R2 stores in segments: objects that contain whole entries. A step writes whole segments, so that
 * a step that runs twice writes the same objects again, and no step needs the bytes of the one before. A download sends the segments one after
 * another.
 */
export interface ArchiveEntry {
  name: string;
  data: Uint8Array;
}

const blockBytes = 512;
const endOfArchive = new Uint8Array(2 * blockBytes);

const prefixOf = (jobId: string): string => `exports/${jobId}/`;
const keyOf = (jobId: string, segment: number): string =>
  `${prefixOf(jobId)}${String(segment).padStart(6, "0")}`;

const headerOf = (name: string, size: number) => ({
  name,
  size,
  type: "file" as const,
  mtime: new Date(0),
  mode: 0o600,
});

/** Stores entries as a segment. Returns its size in bytes. */
export async function storeEntries(
  env: Env,
  jobId: string,
  segment: number,
  entries: readonly ArchiveEntry[],
): Promise<number> {
  const packed = await packTar(
    entries.map(({ name, data }) => ({ header: headerOf(name, data.byteLength), body: data })),
  );
  const bytes = packed.subarray(0, packed.byteLength - endOfArchive.byteLength);
  await callBucket(() => env.FILES.put(keyOf(jobId, segment), bytes));
  return bytes.byteLength;
}

/** Stores a large entry as a segment, while its bytes arrive. Returns its size in bytes. */
export async function storeStream(
  env: Env,
  jobId: string,
  segment: number,
  { name, size, body }: { name: string; size: number; body: ReadableStream<Uint8Array> },
): Promise<number> {
  const header = await headerBytes(name, size);
  const padding = (blockBytes - (size % blockBytes)) % blockBytes;
  const total = header.byteLength + size + padding;
  const { readable, writable } = new FixedLengthStream(total);
  const stored = callBucket(() => env.FILES.put(keyOf(jobId, segment), readable));
  const written = (async () => {
    const writer = writable.getWriter();
    await writer.write(header);
    writer.releaseLock();
    await body.pipeTo(writable, { preventClose: true });
    const last = writable.getWriter();
    if (padding > 0) await last.write(new Uint8Array(padding));
    await last.close();
  })();
  await Promise.all([stored, written]);
  return total;
}

/** Stores the end of the archive. Returns its size in bytes. */
export async function storeEnd(env: Env, jobId: string, segment: number): Promise<number> {
  await callBucket(() => env.FILES.put(keyOf(jobId, segment), endOfArchive));
  return endOfArchive.byteLength;
}

/** Streams the archive. The next segment is requested when the client has received the last one. */
export function archiveStream(env: Env, jobId: string): ReadableStream<Uint8Array> {
  let segment = 0;
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  return new ReadableStream({
    async pull(controller) {
      for (;;) {
        if (!reader) {
          const object = await callBucket(() => env.FILES.get(keyOf(jobId, segment)));
          if (!object) return controller.close();
          segment++;
          reader = (object.body as ReadableStream<Uint8Array>).getReader();
        }
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        reader = undefined;
      }
    },
    async cancel(reason) {
      await reader?.cancel(reason);
    },
  });
}

/** Deletes the archive of a job. May be repeated. */
export async function deleteArchive(env: Env, jobId: string): Promise<void> {
  for (;;) {
    const { objects, truncated } = await callBucket(() => env.FILES.list({ prefix: prefixOf(jobId) }));
    if (objects.length > 0) await callBucket(() => env.FILES.delete(objects.map(({ key }) => key)));
    if (!truncated) return;
  }
}

/** Makes the header of an entry. Its name is ASCII and short, so that it fits into one block. */
async function headerBytes(name: string, size: number): Promise<Uint8Array> {
  const { readable, controller } = createTarPacker();
  void controller.add(headerOf(name, size));
  const reader = readable.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  if (value?.byteLength !== blockBytes) throw new Error("A tar header of another size than one block");
  return value;
}
