/** A range of bytes. */
export interface ByteRange {
  offset: number;
  length: number;
}

/** Longer values of these headers are treated as absent: no request that this server supports needs them. */
const maxHeaderLength = 1_024;

/**
 * Parses a `Range` header (RFC 9110, section 14.2) for a file of `sizeBytes`.
 *
 * @returns `whole` for everything that the RFC allows a server to ignore: several ranges, other units, malformed values;
 * `unsatisfiable` for a range outside of the file
 */
export function parseRange(
  header: string | undefined,
  sizeBytes: number,
): ByteRange | "whole" | "unsatisfiable" {
  const ends = rangeEnds(header ?? "");
  if (!ends) return "whole";
  const [first, last] = ends;
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

/** Returns the two sides of the hyphen, each empty or up to 15 digits, and at least one not empty; `undefined` for any other value. */
function rangeEnds(header: string): [first: string, last: string] | undefined {
  if (header.length > maxHeaderLength) return undefined;
  const equals = header.indexOf("=");
  const hyphen = header.indexOf("-", equals);
  if (equals < 0 || hyphen < 0 || header.slice(0, equals).trim().toLowerCase() !== "bytes") return undefined;
  const first = header.slice(equals + 1, hyphen).trim();
  const last = header.slice(hyphen + 1).trim();
  return optionalDigits.test(first) && optionalDigits.test(last) && first + last !== ""
    ? [first, last]
    : undefined;
}

const optionalDigits = /^\d{0,15}$/;

/** Whether a range may be served: `If-Range` is absent or equals this `ETag` (strong comparison). Dates never match, since files have none. */
export const matchesIfRange = (header: string | undefined, etag: string): boolean =>
  header === undefined || (header.length <= maxHeaderLength && header.trim() === etag);
