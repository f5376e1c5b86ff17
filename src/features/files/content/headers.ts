import { create } from "content-disposition";
import type { StoredFile } from "../store.ts";

/** What browsers show and don't run. Everything else is saved to disk. */
const shown = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/avif",
  "audio/aac",
  "audio/flac",
  "audio/mp4",
  "audio/mpeg",
  "audio/ogg",
  "audio/wav",
  "audio/webm",
  "video/mp4",
  "video/ogg",
  "video/quicktime",
  "video/webm",
]);

/** From its bytes alone: a file never changes. */
export const etagOf = ({ sha256 }: StoredFile): string => `"${sha256}"`;

/** What every answer with this file bears, whole or in part: nothing in it runs, no page of another site shows it, no cache shares it. */
export const contentHeaders = (file: StoredFile): Record<string, string> => ({
  ETag: etagOf(file),
  "Accept-Ranges": "bytes",
  // Asked again each time: who may read it can change, its bytes can't.
  "Cache-Control": "private, no-cache",
  "Content-Type": file.type === "text/plain" ? "text/plain; charset=utf-8" : file.type,
  "Content-Disposition": create(file.name, { type: shown.has(file.type) ? "inline" : "attachment" }),
  "Content-Security-Policy": "sandbox; default-src 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
});
