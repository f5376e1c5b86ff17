import { createMiddleware } from "hono/factory";
import { headBytes } from "../types/sniff.ts";
import { detectType } from "../types/detect-type.ts";
import { truncatedBody, observeBytes } from "./byte-source.ts";
import { emptyFile } from "./file-upload-handler.ts";
import type { UploadEnv } from "./incoming-file.ts";

/**
 * Middleware that reads the first bytes of the file and detects its type, before anything is stored.
 *
 * @throws `unsupported_media_type` and `payload_too_large` as `detectType` does; `validation_failed` for an empty or truncated body
 */
export const fileTypeCheck = createMiddleware<UploadEnv>(async (c, next) => {
  const incoming = c.get("incoming");
  const first = await incoming.bytes.peek(headBytes);
  if (incoming.inForm && first.head.byteLength === 0) throw emptyFile();
  if (!incoming.inForm && first.whole && first.head.byteLength < incoming.maxBytes) throw truncatedBody();
  const size = first.head.byteLength;
  const known = first.whole && { maxBytes: size, expectedBytes: size };
  const typed = await detectType(first, incoming.declaredType, c.var.config);
  c.set("incoming", { ...incoming, ...known, typed, bytes: observeBytes(typed.inspect, incoming.bytes) });
  await next();
});
