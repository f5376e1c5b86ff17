import { isSameText, macOf } from "../../lib/macs.ts";

/** An address is valid for at least this long. It changes once in this time, so that clients can cache the image. */
const validSeconds = 24 * 3_600;

const macFor = (key: string, url: string, expires: number): string =>
  macOf(key, { purpose: "preview-image", message: `${expires}|${url}`, bytes: 16 });

/** Returns the path of an image on this server. Only this server can make one, so that it fetches no address of a client's choice. */
export function imagePath(key: string, url: string, nowMs: number): string {
  const expires = (Math.floor(nowMs / 1_000 / validSeconds) + 2) * validSeconds;
  const query = new URLSearchParams({ url, expires: String(expires), mac: macFor(key, url, expires) });
  return `/v1/previews/image?${query}`;
}

/** Whether a path was made by `imagePath` and is still valid. */
export const isValidImageAddress = (
  key: string,
  { url, expires, mac }: { url: string; expires: string; mac: string },
  nowMs: number,
): boolean => isSameText(mac, macFor(key, url, Number(expires))) && Number(expires) * 1_000 > nowMs;
