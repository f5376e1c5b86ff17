import { create } from "content-disposition";
import type { StoredFile } from "../file-queries.ts";
import { isImage, isInline } from "../types/decide-type.ts";

/** Whether it is served inline. A picture whose size is not known could exhaust a browser, so it is an attachment like all else. */
const isShown = ({ type, width }: StoredFile): boolean =>
  isInline(type) && (!isImage(type) || width !== null);

/** From its bytes alone: a file never changes. */
export const etagOf = ({ sha256 }: StoredFile): string => `"${sha256}"`;

/** What every answer with this file bears, whole or in part: nothing in it runs, no page of another site shows it, no cache shares it. */
export const contentHeaders = (file: StoredFile): Record<string, string> => ({
  ETag: etagOf(file),
  "Accept-Ranges": "bytes",
  // Asked again each time: who may read it can change, its bytes can't.
  "Cache-Control": "private, no-cache",
  // With its encoding, where that is known.
  "Content-Type": file.type,
  "Content-Disposition": create(file.name, { type: isShown(file) ? "inline" : "attachment" }),
  "Content-Security-Policy": "sandbox; default-src 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
});
