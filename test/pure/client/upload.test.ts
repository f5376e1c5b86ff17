import { expect, test, vi } from "vitest";
import { createClient, type FileRef, getFileContent } from "../../../src/client/index.ts";
import { upload } from "../../../src/client/upload.ts";

const fileId = "fil_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const made = { id: fileId, name: "a.bin" } as FileRef;
const partSizeBytes = 10 * 1024 * 1024;
const large = new Blob([new Uint8Array(2 * partSizeBytes + 5)], { type: "video/mp4" });

interface UploadRequest {
  what: string;
  type: string | null;
  sizeBytes: number;
}

/** A client of a server that accepts uploads; `answer` can override a response. */
function createUploadClient(
  answer: (what: string, nth: number) => Response | undefined = () => undefined,
  received: number[] = [],
) {
  const requests: UploadRequest[] = [];
  const fetch = vi.fn(async (input: unknown, init: RequestInit = {}) => {
    init.signal?.throwIfAborted();
    const { pathname, search } = new URL(String(input));
    const what = `${init.method} ${pathname.replace(fileId, "ID")}${search}`;
    const { body } = init;
    const sizeBytes = body instanceof Blob ? body.size : 0;
    requests.push({ what, type: new Headers(init.headers).get("content-type"), sizeBytes });
    const otherwise = answer(what, requests.filter((one) => one.what === what).length);
    if (otherwise) return otherwise;
    if (/PUT/.test(what)) return new Response(null, { status: 204 });
    if (/complete|name=/.test(what)) return Response.json(made, { status: 201 });
    return Response.json({ id: fileId, partSizeBytes, partCount: 3, received, sizeBytes: large.size });
  });
  const client = createClient({
    url: "http://server.test",
    fetch: fetch as unknown as typeof globalThis.fetch,
  });
  return { client, requests };
}

const unavailable = (): Response =>
  Response.json({ code: "unavailable", type: "", title: "", status: 503, detail: "" }, { status: 503 });

test("[FL11] a small file is sent in one request with its name and type", async () => {
  const { client, requests } = createUploadClient();
  expect(await upload(client, new File(["hello"], "a b.txt", { type: "text/plain" }))).toEqual(made);
  expect(requests).toEqual([{ what: "POST /v1/files?name=a+b.txt", type: "text/plain", sizeBytes: 5 }]);
});

test("[FL11] a large one is sent in parts, with progress", async () => {
  const { client, requests } = createUploadClient();
  const progress: number[] = [];
  await upload(client, large, { name: "a.bin", onProgress: ({ sentBytes }) => progress.push(sentBytes) });
  expect(requests.map(({ what, sizeBytes }) => [what, sizeBytes])).toEqual([
    ["POST /v1/files/uploads", 0],
    ["PUT /v1/files/uploads/ID/parts/1", partSizeBytes],
    ["PUT /v1/files/uploads/ID/parts/2", partSizeBytes],
    ["PUT /v1/files/uploads/ID/parts/3", 5],
    ["POST /v1/files/uploads/ID/complete", 0],
  ]);
  expect(progress).toEqual([0, partSizeBytes, 2 * partSizeBytes, large.size]);
});

test("[FL11] a lost part is sent again, and so is the completion", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  const { client, requests } = createUploadClient((what, nth) =>
    nth === 1 && /parts\/2|complete/.test(what) ? unavailable() : undefined,
  );
  expect(await upload(client, large, { name: "a.bin" })).toEqual(made);
  expect(requests.filter(({ what }) => /parts\/2/.test(what))).toHaveLength(2);
  expect(requests.filter(({ what }) => /complete/.test(what))).toHaveLength(2);
  vi.restoreAllMocks();
});

test("[FL11] a part that always fails is given up after six attempts", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  const { client, requests } = createUploadClient((what) => (/PUT/.test(what) ? unavailable() : undefined));
  await expect(upload(client, large, { name: "a.bin" })).rejects.toMatchObject({ code: "unavailable" });
  expect(requests.filter(({ what }) => /parts\/1/.test(what))).toHaveLength(6);
  vi.restoreAllMocks();
});

test("[FL11] a rejected upload is not retried", async () => {
  const rejection = { code: "quota_exceeded", type: "", title: "", status: 413, detail: "" };
  const { client, requests } = createUploadClient(() => Response.json(rejection, { status: 413 }));
  await expect(upload(client, large, { name: "a.bin" })).rejects.toMatchObject({ code: "quota_exceeded" });
  expect(requests).toHaveLength(1);
});

test("[FL11] an interrupted upload continues with the missing parts", async () => {
  const { client, requests } = createUploadClient(undefined, [1, 3]);
  await upload(client, large, { resume: fileId });
  expect(requests.map(({ what }) => what)).toEqual([
    "GET /v1/files/uploads/ID",
    "PUT /v1/files/uploads/ID/parts/2",
    "POST /v1/files/uploads/ID/complete",
  ]);
});

test("[FL11] aborted by its signal it sends no more", async () => {
  const end = new AbortController();
  const { client, requests } = createUploadClient();
  const ended = upload(client, large, { signal: end.signal, onProgress: () => end.abort() });
  await expect(ended).rejects.toMatchObject({ name: "AbortError" });
  expect(requests).toHaveLength(1);
});

test("[FL11] aborted during a delay it stops waiting", async () => {
  const end = new AbortController();
  const rejection = {
    code: "unavailable",
    type: "",
    title: "",
    status: 503,
    detail: "",
    retryAfterMs: 60_000,
  };
  const { client, requests } = createUploadClient((what) => {
    if (!/PUT/.test(what)) return undefined;
    setTimeout(() => end.abort(), 5);
    return Response.json(rejection, { status: 503 });
  });
  const ended = upload(client, large, { name: "a.bin", signal: end.signal });
  await expect(ended).rejects.toMatchObject({ name: "AbortError" });
  expect(requests).toHaveLength(2);
});

test("[FL11] an upload has no timeout; untyped bytes have the generic type", async () => {
  const requests: (string | null)[] = [];
  const fetch = vi.fn(async (_: unknown, { signal, headers }: RequestInit = {}) => {
    requests.push(new Headers(headers).get("content-type"));
    await new Promise((resolve) => setTimeout(resolve, 60));
    signal!.throwIfAborted();
    return Response.json(made, { status: 201 });
  });
  const url = "http://server.test";
  const client = createClient({ url, timeoutMs: 20, fetch: fetch as unknown as typeof globalThis.fetch });
  expect(await upload(client, new Blob(["hello"]))).toEqual(made);
  expect(requests).toEqual(["application/octet-stream"]);
});

test("[FL6] a download has a timeout only until its first byte", async () => {
  const timeoutMs = 20;
  let answers = true;
  const fetch = vi.fn(async (_: unknown, { signal }: RequestInit = {}) => {
    const aborted = new Promise<never>((_resolve, reject) => {
      signal!.addEventListener("abort", () => reject(signal!.reason));
    });
    if (!answers) return aborted;
    const late = new Promise<string>((resolve) => setTimeout(() => resolve("hello"), 3 * timeoutMs));
    const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
      controller.enqueue(new TextEncoder().encode(await Promise.race([late, aborted])));
      controller.close();
    };
    return new Response(new ReadableStream({ pull }));
  });
  const url = "http://server.test";
  const client = createClient({ url, timeoutMs, fetch: fetch as unknown as typeof globalThis.fetch });
  const content = await client.call(getFileContent, { params: { fileId } });
  expect(await content.text()).toBe("hello");
  answers = false;
  await expect(client.call(getFileContent, { params: { fileId }, retry: false })).rejects.toMatchObject({
    code: "unavailable",
  });
});
