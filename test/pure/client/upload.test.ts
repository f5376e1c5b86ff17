import { expect, test, vi } from "vitest";
import { createClient, type FileRef, getFileContent } from "../../../src/client/index.ts";
import { upload } from "../../../src/client/upload.ts";

const fileId = "fil_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const made = { id: fileId, name: "a.bin" } as FileRef;
const partSizeBytes = 10 * 1024 * 1024;
const large = new Blob([new Uint8Array(2 * partSizeBytes + 5)], { type: "video/mp4" });

interface Asked {
  what: string;
  type: string | null;
  sizeBytes: number;
}

/** A client of a server that accepts uploads; `answer` can override a response. */
function uploading(
  answer: (what: string, nth: number) => Response | undefined = () => undefined,
  received: number[] = [],
) {
  const asked: Asked[] = [];
  const fetch = vi.fn(async (input: unknown, init: RequestInit = {}) => {
    init.signal?.throwIfAborted();
    const { pathname, search } = new URL(String(input));
    const what = `${init.method} ${pathname.replace(fileId, "ID")}${search}`;
    const { body } = init;
    const sizeBytes = body instanceof Blob ? body.size : 0;
    asked.push({ what, type: new Headers(init.headers).get("content-type"), sizeBytes });
    const otherwise = answer(what, asked.filter((one) => one.what === what).length);
    if (otherwise) return otherwise;
    if (/PUT/.test(what)) return new Response(null, { status: 204 });
    if (/complete|name=/.test(what)) return Response.json(made, { status: 201 });
    return Response.json({ id: fileId, partSizeBytes, partCount: 3, received, sizeBytes: large.size });
  });
  const client = createClient({
    url: "http://server.test",
    fetch: fetch as unknown as typeof globalThis.fetch,
  });
  return { client, asked };
}

const unavailable = (): Response =>
  Response.json({ code: "unavailable", type: "", title: "", status: 503, detail: "" }, { status: 503 });

test("[FL11] a small file is sent in one request with its name and type", async () => {
  const { client, asked } = uploading();
  expect(await upload(client, new File(["hello"], "a b.txt", { type: "text/plain" }))).toEqual(made);
  expect(asked).toEqual([{ what: "POST /v1/files?name=a+b.txt", type: "text/plain", sizeBytes: 5 }]);
});

test("[FL11] a large one is sent in parts, with progress", async () => {
  const { client, asked } = uploading();
  const told: number[] = [];
  await upload(client, large, { name: "a.bin", onProgress: ({ sentBytes }) => told.push(sentBytes) });
  expect(asked.map(({ what, sizeBytes }) => [what, sizeBytes])).toEqual([
    ["POST /v1/files/uploads", 0],
    ["PUT /v1/files/uploads/ID/parts/1", partSizeBytes],
    ["PUT /v1/files/uploads/ID/parts/2", partSizeBytes],
    ["PUT /v1/files/uploads/ID/parts/3", 5],
    ["POST /v1/files/uploads/ID/complete", 0],
  ]);
  expect(told).toEqual([0, partSizeBytes, 2 * partSizeBytes, large.size]);
});

test("[FL11] a lost part is sent again, and so is the completion", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  const { client, asked } = uploading((what, nth) =>
    nth === 1 && /parts\/2|complete/.test(what) ? unavailable() : undefined,
  );
  expect(await upload(client, large, { name: "a.bin" })).toEqual(made);
  expect(asked.filter(({ what }) => /parts\/2/.test(what))).toHaveLength(2);
  expect(asked.filter(({ what }) => /complete/.test(what))).toHaveLength(2);
  vi.restoreAllMocks();
});

test("[FL11] a part that always fails is given up after six attempts", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  const { client, asked } = uploading((what) => (/PUT/.test(what) ? unavailable() : undefined));
  await expect(upload(client, large, { name: "a.bin" })).rejects.toMatchObject({ code: "unavailable" });
  expect(asked.filter(({ what }) => /parts\/1/.test(what))).toHaveLength(6);
  vi.restoreAllMocks();
});

test("[FL11] a rejected upload is not retried", async () => {
  const refusal = { code: "quota_exceeded", type: "", title: "", status: 413, detail: "" };
  const { client, asked } = uploading(() => Response.json(refusal, { status: 413 }));
  await expect(upload(client, large, { name: "a.bin" })).rejects.toMatchObject({ code: "quota_exceeded" });
  expect(asked).toHaveLength(1);
});

test("[FL11] an interrupted upload continues with the missing parts", async () => {
  const { client, asked } = uploading(undefined, [1, 3]);
  await upload(client, large, { resume: fileId });
  expect(asked.map(({ what }) => what)).toEqual([
    "GET /v1/files/uploads/ID",
    "PUT /v1/files/uploads/ID/parts/2",
    "POST /v1/files/uploads/ID/complete",
  ]);
});

test("[FL11] aborted by its signal it sends no more", async () => {
  const end = new AbortController();
  const { client, asked } = uploading();
  const ended = upload(client, large, { signal: end.signal, onProgress: () => end.abort() });
  await expect(ended).rejects.toMatchObject({ name: "AbortError" });
  expect(asked).toHaveLength(1);
});

test("[FL11] aborted during a delay it stops waiting", async () => {
  const end = new AbortController();
  const refusal = { code: "unavailable", type: "", title: "", status: 503, detail: "", retryAfterMs: 60_000 };
  const { client, asked } = uploading((what) => {
    if (!/PUT/.test(what)) return undefined;
    setTimeout(() => end.abort(), 5);
    return Response.json(refusal, { status: 503 });
  });
  const ended = upload(client, large, { name: "a.bin", signal: end.signal });
  await expect(ended).rejects.toMatchObject({ name: "AbortError" });
  expect(asked).toHaveLength(2);
});

test("[FL11] an upload has no timeout; untyped bytes have the generic type", async () => {
  const asked: (string | null)[] = [];
  const fetch = vi.fn(async (_: unknown, { signal, headers }: RequestInit = {}) => {
    asked.push(new Headers(headers).get("content-type"));
    await new Promise((resolve) => setTimeout(resolve, 60));
    signal!.throwIfAborted();
    return Response.json(made, { status: 201 });
  });
  const url = "http://server.test";
  const client = createClient({ url, timeoutMs: 20, fetch: fetch as unknown as typeof globalThis.fetch });
  expect(await upload(client, new Blob(["hello"]))).toEqual(made);
  expect(asked).toEqual(["application/octet-stream"]);
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
