import { exports } from "cloudflare:workers";
import { createHash } from "node:crypto";
import { expect } from "vitest";
import { errorsOf, type FileRef } from "../../../../src/protocol/index.ts";
import { chargedBytes, storedFileTotals } from "../fixtures/stored-files.ts";
import { checkResponse, endpointOf, type RestResponse } from "./rest-client.ts";

interface Sender {
  token: string;
}

/** Sends an authenticated request unchanged: a stream has no length unless `headers` give one. */
export const fetchAs = (
  { token }: Sender,
  method: string,
  path: string,
  { body, headers = {} }: { body?: BodyInit; headers?: Record<string, string> } = {},
): Promise<Response> =>
  exports.default.fetch(`https://parley.test${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, ...headers },
    ...(body !== undefined && { body }),
  });

/** Sends a body that is not JSON, with the checks of `callRest`; an error must be one that the endpoint declares. */
export async function sendAs(
  who: Sender,
  method: string,
  path: string,
  options: { body?: BodyInit; headers?: Record<string, string> } = {},
): Promise<RestResponse> {
  const answer = await checkResponse(method, path, await fetchAs(who, method, path, options));
  const endpoint = endpointOf(method, path.replace(/\?.*/s, ""));
  if (endpoint && answer.status >= 400) expect(errorsOf(endpoint), answer.text).toContain(answer.body.code);
  return answer;
}

interface Said {
  name?: string;
  type?: string;
  query?: string;
  headers?: Record<string, string>;
}

/** Uploads a file with its bytes as the request body. */
export const requestUpload = (
  who: Sender,
  body: BodyInit,
  { name = "a.bin", type = "application/octet-stream", query = "", headers = {} }: Said = {},
): Promise<RestResponse> =>
  sendAs(who, "POST", `/v1/files?name=${encodeURIComponent(name)}${query}`, {
    body,
    headers: { "Content-Type": type, ...headers },
  });

/** Uploads a file and returns it; fails unless the response is 201. */
export async function uploadOk(who: Sender, body: BodyInit, said?: Said): Promise<FileRef> {
  const answer = await requestUpload(who, body, said);
  expect(answer.status, answer.text).toBe(201);
  return answer.body as FileRef;
}

export const contentPath = ({ id }: { id: string }): string => `/v1/files/${id}/content`;

/** Downloads the bytes of a file as this user. */
export async function downloadContent(who: Sender, file: { id: string }): Promise<Buffer> {
  const response = await fetchAs(who, "GET", contentPath(file));
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

export const sha256 = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");

/** Returns bytes that match no known file type. */
export const binaryBytes = (size: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: size }, (_, index) => 128 + ((index * 7 + (index >> 8)) % 120));

/** Returns a stream of these chunks that ends or, with `fails`, errors. */
export function streamOf(chunks: readonly Uint8Array[], { fails = false } = {}): ReadableStream<Uint8Array> {
  const left = [...chunks];
  return new ReadableStream({
    pull(controller) {
      const chunk = left.shift();
      if (chunk) controller.enqueue(chunk);
      else if (fails) controller.error(new Error("cut"));
      else controller.close();
    },
  });
}

/** Returns the totals of all files and the bytes charged to this user. */
export const fileUsageOf = async (who: { userId: string }) => ({
  ...(await storedFileTotals()),
  chargedTo: (await chargedBytes(who)) ?? 0,
});
