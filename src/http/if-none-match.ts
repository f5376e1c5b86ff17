/** A longer value is treated as absent: no request that this server supports needs it. */
const maxHeaderLength = 1_024;

/** Whether `If-None-Match` contains this `ETag`, by weak comparison (RFC 9110, section 8.8.3.2). */
export const matchesIfNoneMatch = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  header.length <= maxHeaderLength &&
  (header.trim() === "*" || header.split(",").some((tag) => withoutWeakness(tag.trim()) === etag));

const withoutWeakness = (tag: string): string => (tag.startsWith("W/") ? tag.slice(2) : tag);
