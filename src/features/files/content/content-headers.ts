import { create } from "content-disposition";
import type { StoredFile } from "../file-queries.ts";
import { isImage, isInline } from "../types/decide-type.ts";

/** Whether a file is served inline. A picture of unknown size could exhaust a browser's memory, so it is an attachment. */
const isServedInline = ({ type, width }: StoredFile): boolean =>
  isInline(type) && (!isImage(type) || width !== null);

/** Returns the `ETag` of a file. It depends on the bytes alone, since a file never changes. */
export const etagOf = ({ sha256 }: StoredFile): string => `"${sha256}"`;

/**
 * Returns the headers of every response with the content of a file, whole or in part. They keep browsers from running anything in it,
 * other sites from embedding it, and shared caches from storing it.
 */
export const contentHeaders = (file: StoredFile): Record<string, string> => ({
  ETag: etagOf(file),
  "Accept-Ranges": "bytes",
  // A browser revalidates each time: the right to read the file can be revoked, though its bytes never change.
  "Cache-Control": "private, no-cache",
  // Includes the charset of a text, if it is known.
  "Content-Type": file.type,
  "Content-Disposition": create(file.name, { type: isServedInline(file) ? "inline" : "attachment" }),
  "Content-Security-Policy": "sandbox; default-src 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
});
