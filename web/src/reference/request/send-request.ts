import type { PreparedRequest } from "./prepare-request.ts";
import { readBody, type ShownBody } from "./read-body.ts";

/** A response for display. */
export interface Answer {
  /** Zero for a redirect, which the browser does not show to scripts. */
  status: number;
  statusText: string;
  /** Those that the page shows, in a fixed order. */
  headers: readonly (readonly [name: string, value: string])[];
  /** From the start of the request to the end of the part of the body that was read. */
  durationMs: number;
  body: ShownBody;
}

const shownHeaders = [
  "Content-Type",
  "Content-Length",
  "Content-Range",
  "Content-Disposition",
  "ETag",
  "Location",
  "Retry-After",
  "Allow",
  "WWW-Authenticate",
  "Cache-Control",
  "X-Request-Id",
];

/** A request with its credential and file. */
export interface Sending {
  request: PreparedRequest;
  /** Null: without `Authorization`. */
  accessToken: string | null;
  /** The body of a request whose type is not JSON. */
  file: File | null;
  signal: AbortSignal;
}

/**
 * Sends a request to the origin of the page, without cookies and without following redirects.
 *
 * @throws Error with a text for the reader when there is no response; the reason of `signal` when it was aborted
 */
export async function sendRequest({ request, accessToken, file, signal }: Sending): Promise<Answer> {
  const { method, path, contentType, json } = request;
  const startedMs = performance.now();
  try {
    const headers = new Headers(request.headers.map(([name, value]) => [name, value] as [string, string]));
    if (accessToken !== null) headers.set("Authorization", `Bearer ${accessToken}`);
    // The browser writes the type of a form itself, with the boundary.
    const isForm = contentType === "multipart/form-data";
    if (contentType !== null && !isForm) headers.set("Content-Type", contentType);
    const response = await fetch(path, {
      method,
      headers,
      body: json ?? (isForm ? formWith(file) : contentType === null ? null : (file ?? new Blob([]))),
      credentials: "omit",
      redirect: "manual",
      cache: "no-store",
      signal,
    });
    const body = await readBody(response);
    return {
      status: response.status,
      statusText: response.type === "opaqueredirect" ? "Redirect" : response.statusText,
      headers: shownHeaders.flatMap((name) => {
        const value = response.headers.get(name);
        return value === null ? [] : [[name, value] as const];
      }),
      durationMs: performance.now() - startedMs,
      body,
    };
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(
      "There was no response. The server cannot be reached, or the browser blocked the request.",
      {
        cause: error,
      },
    );
  }
}

function formWith(file: File | null): FormData {
  const form = new FormData();
  if (file) form.set("file", file);
  return form;
}
