import type { ParleyClient } from "../../../src/client/index.ts";
import { upload } from "../../../src/client/upload.ts";
import type { OutgoingFile } from "../state/database.ts";

interface UploadFilesOptions {
  /** Called with the share of the bytes that is uploaded, from 0 to 1. */
  onProgress: (share: number) => void;
  /** Called with all files after each upload, so that another attempt repeats none. */
  onUploaded: (files: readonly OutgoingFile[]) => void;
}

/** Uploads those files that are not uploaded yet, and returns the ids of all. @throws ParleyError what an upload throws */
export async function uploadFiles(
  client: ParleyClient,
  given: readonly OutgoingFile[],
  { onProgress, onUploaded }: UploadFilesOptions,
): Promise<string[]> {
  let files = given;
  const total = files.reduce((sum, { bytes }) => sum + (bytes?.size ?? 0), 0);
  let done = 0;
  for (const [at, { name, bytes, uploaded }] of given.entries()) {
    if (uploaded || !bytes) continue;
    onProgress(done / Math.max(1, total));
    const stored = await upload(client, bytes, {
      name,
      onProgress: ({ sentBytes }) => onProgress((done + sentBytes) / Math.max(1, total)),
    });
    done += bytes.size;
    files = files.with(at, { name, bytes: null, uploaded: stored });
    onUploaded(files);
  }
  return files.flatMap(({ uploaded }) => uploaded?.id ?? []);
}
