/** A range of bytes: from `offset` on, `length` of them. */
export interface ByteRange {
  offset: number;
  length: number;
}

/**
 * What a `Range` asks of `sizeBytes`. `whole`: it asks for nothing that is understood here, as several ranges, other units and what is no
 * range at all (RFC 9110 lets all of them be ignored). `unsatisfiable`: it lies outside.
 */
export function parseRange(
  header: string | undefined,
  sizeBytes: number,
): ByteRange | "whole" | "unsatisfiable" {
  const [, first, last] = /^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return "whole";
  if (first === "") {
    const length = Math.min(Number(last), sizeBytes);
    return length === 0 ? "unsatisfiable" : { offset: sizeBytes - length, length };
  }
  const offset = Number(first);
  if (last !== "" && Number(last) < offset) return "whole";
  if (offset >= sizeBytes) return "unsatisfiable";
  const end = last === "" ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  return { offset, length: end - offset + 1 };
}

/** Whether `If-None-Match` names this `ETag`, for a read: weak ones are as good. */
export const isKnown = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  (header.trim() === "*" || header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag));

/** Whether a range may be served: of the very bytes that `If-Range` means. It takes a strong `ETag`; there are no dates here. */
export const isSame = (header: string | undefined, etag: string): boolean =>
  header === undefined || header.trim() === etag;
