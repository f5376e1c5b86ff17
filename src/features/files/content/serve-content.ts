import type { Context } from "hono";
import { AppError, notFound } from "../../../errors/app-error.ts";
import { problemResponse } from "../../../errors/problem-response.ts";
import type { AppEnv } from "../../../http/context.ts";
import { callBucket } from "../call-bucket.ts";
import type { StoredFile } from "../file-queries.ts";
import { contentHeaders, etagOf } from "./content-headers.ts";
import { matchesIfNoneMatch } from "../../../http/if-none-match.ts";
import { matchesIfRange, parseRange } from "./conditional-headers.ts";

/**
 * Responds with the content of a file or with one range of it. Reads from R2 only the bytes that it sends, and nothing for `HEAD` and
 * 304.
 *
 * @throws `unavailable` if R2 does not answer; `not_found` if the object was deleted meanwhile
 */
export async function serveContent(c: Context<AppEnv>, file: StoredFile): Promise<Response> {
  const headers = contentHeaders(file);
  const { key, sizeBytes } = file;
  const etag = etagOf(file);
  if (matchesIfNoneMatch(c.req.header("If-None-Match"), etag))
    return contentResponse(c, null, 304, withoutContentType(headers));
  if (c.req.method === "HEAD")
    return contentResponse(c, null, 200, { ...headers, "Content-Length": `${sizeBytes}` });

  const rangeHeader = matchesIfRange(c.req.header("If-Range"), etag) ? c.req.header("Range") : undefined;
  const range = parseRange(rangeHeader, sizeBytes);
  if (range === "unsatisfiable")
    return problemResponse(
      new AppError({
        code: "range_not_satisfiable",
        detail: `The range is outside the file, which has ${sizeBytes} bytes`,
      }),
      c.get("requestId"),
      { "Content-Range": `bytes */${sizeBytes}` },
    );
  const options = range === "whole" ? {} : { range };
  const object = (await callBucket(() => c.env.FILES.get(key, options))) ?? notFound("file");
  // The runtime knows the length of a body from R2: it sends `Content-Length`, and a client notices a truncated body. No JavaScript touches
  // the bytes.
  if (range === "whole")
    return contentResponse(c, object.body, 200, {
      ...headers,
      "Content-Length": `${sizeBytes}`,
    });
  const { offset, length } = range;
  return contentResponse(c, object.body, 206, {
    ...headers,
    "Content-Length": `${length}`,
    "Content-Range": `bytes ${offset}-${offset + length - 1}/${sizeBytes}`,
  });
}

/** Makes a response whose headers replace those that middleware set before. */
function contentResponse(
  c: Context<AppEnv>,
  body: ReadableStream | null,
  status: 200 | 206 | 304,
  headers: Record<string, string>,
): Response {
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  return c.newResponse(body, status);
}

const withoutContentType = ({ "Content-Type": _type, ...headers }: Record<string, string>) => headers;
