import {
  type Endpoint,
  getAuditEntries,
  type GetAuditEntriesInput,
  type GetAuditEntriesQuery,
  type ParleyClient,
  ParleyError,
} from "../../../../src/client/index.ts";
import { LineReader } from "./line-reader.ts";

/** Which entries of the audit log are shown or downloaded. */
export type AuditFilter = Pick<GetAuditEntriesQuery, "actor" | "action" | "since">;

const mediaType = "application/jsonl";
const auditLines: Endpoint<GetAuditEntriesInput, Response> = {
  method: getAuditEntries.method,
  path: getAuditEntries.path,
  idempotent: true,
  answers: "response",
  accepts: mediaType,
};

/** How often an interrupted download continues without having received anything new. */
const maxFutileAttempts = 3;
/** Received text is kept in blobs of this size, in characters, which browsers can store on disk. */
const blobLength = 4_000_000;

interface DownloadOptions {
  signal: AbortSignal;
  /** Called with the number of entries that were received. */
  onProgress: (count: number) => void;
}

/**
 * Downloads entries of the audit log as JSON lines. An interrupted download continues after the last complete line.
 *
 * @throws ParleyError the server's error, or `unavailable` when the connection is lost again and again
 */
export async function downloadAuditLog(
  client: ParleyClient,
  filter: AuditFilter,
  { signal, onProgress }: DownloadOptions,
): Promise<Blob> {
  const reader = new LineReader();
  const blobs: Blob[] = [];
  let texts: string[] = [];
  let length = 0;
  const keep = (text: string): void => {
    texts.push(text);
    length += text.length;
    if (length < blobLength) return;
    blobs.push(new Blob(texts));
    texts = [];
    length = 0;
  };
  for (let futile = 0; ; futile++) {
    const { cursor, count } = reader;
    const query = { ...filter, ...(cursor !== undefined && { cursor }) };
    const response = await client.call(auditLines, { query, signal });
    try {
      await readText(response, (part) => {
        keep(reader.push(part));
        onProgress(reader.count);
      });
      return new Blob([...blobs, ...texts], { type: mediaType });
    } catch (cause) {
      signal.throwIfAborted();
      reader.discardRest();
      if (reader.count > count) futile = 0;
      else if (futile >= maxFutileAttempts)
        throw new ParleyError({ code: "unavailable", detail: "The download was interrupted", cause });
    }
  }
}

async function readText({ body }: Response, onPart: (part: string) => void): Promise<void> {
  if (!body) return;
  const parts = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await parts.read();
    if (done) return;
    onPart(value);
  }
}
