import type { Context } from "hono";
import { sha256Of } from "../lib/macs.ts";
import type { AppEnv } from "./context.ts";
import { matchesIfNoneMatch } from "./if-none-match.ts";

/**
 * Responds with JSON and its `ETag`, or with 304 if the client has the same. The client may keep it, and asks each time, because its right to
 * read may end.
 */
export function replyWithEtag(c: Context<AppEnv>, body: object): Response {
  const json = JSON.stringify(body);
  const etag = `"${sha256Of(json).slice(0, 22)}"`;
  c.header("ETag", etag);
  c.header("Cache-Control", "private, no-cache");
  if (matchesIfNoneMatch(c.req.header("If-None-Match"), etag)) return c.body(null, 304);
  return c.body(json, 200, { "Content-Type": "application/json" });
}
