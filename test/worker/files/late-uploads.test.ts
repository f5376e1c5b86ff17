import { afterEach, expect, test, vi } from "vitest";
import { fileField, multipartBody, sendForm } from "../../support/worker/clients/multipart-form.ts";
import {
  binaryBytes,
  fileUsageOf,
  requestUpload,
  sendAs,
  sha256,
} from "../../support/worker/clients/upload-client.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import { hubRows, hubStub, runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";

const minute = 60_000;
afterEach(() => void vi.useRealTimers());

/** A body that stops halfway until `goOn`. */
function pausedBody(bytes: Uint8Array) {
  const resume = Promise.withResolvers<void>();
  const paused = Promise.withResolvers<void>();
  const half = Math.floor(bytes.length / 2);
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (sent++ === 0) return controller.enqueue(bytes.subarray(0, half));
      paused.resolve();
      await resume.promise;
      controller.enqueue(bytes.subarray(half));
      controller.close();
    },
  });
  const headers = { "Content-Length": String(bytes.length) };
  return { body, headers, halted: paused.promise, goOn: () => resume.resolve() };
}

const content = binaryBytes(600_000);
test.each([
  ["a body", content, requestUpload],
  ["a form", multipartBody(fileField(content)), sendForm],
] as const)(
  "[FL1] %s that outlives its upload is `unavailable` and leaves nothing",
  async (_name, bytes, send) => {
    const ann = await createUser("ann");
    const before = await fileUsageOf(ann);
    const { body, headers, goOn: resume } = pausedBody(bytes);
    const sent = send(ann, body, { headers });
    await vi.waitFor(async () => expect(await hubRows(ann.userId, "files")).toHaveLength(1));
    await runHubAlarmAfter(ann.userId, 15 * minute);
    await runHubAlarmAfter(ann.userId, minute + 1);
    expect(await hubRows(ann.userId, "files")).toEqual([]);
    resume();
    expect(await sent).toMatchObject({ status: 503, body: { code: "unavailable" } });
    expect(await fileUsageOf(ann)).toEqual(before);
  },
);

test("[FL11] if R2 has another copy of a concurrent part, it must be sent again", async () => {
  const ann = await createUser("ann");
  const { body } = await ann.call("POST", "/v1/files/uploads", { name: "a.bin", sizeBytes: 1000 });
  const path = `/v1/files/uploads/${body.id}`;
  const send = () => sendAs(ann, "PUT", `${path}/parts/1`, { body: binaryBytes(1000) });
  await send();
  await hubStub(ann.userId).recordPart(body.id, { part: 1, etag: "0".repeat(32) });
  const rejected = await ann.call("POST", `${path}/complete`);
  expect(rejected).toMatchObject({ status: 409, body: { code: "conflict" } });
  expect((await send()).status).toBe(204);
  const completed = await ann.call("POST", `${path}/complete`);
  expect(completed).toMatchObject({ status: 201, body: { sha256: sha256(binaryBytes(1000)) } });
});

test("[FL1] [FL11] a part that outlives its upload is rejected, also when cancelled", async () => {
  const ann = await createUser("ann");
  const before = await fileUsageOf(ann);
  const bytes = binaryBytes(600_000);
  const { body: begun } = await ann.call("POST", "/v1/files/uploads", {
    name: "a.bin",
    sizeBytes: bytes.length,
  });
  const path = `/v1/files/uploads/${begun.id}`;
  const { body, headers, halted: paused, goOn: resume } = pausedBody(bytes);
  const sent = sendAs(ann, "PUT", `${path}/parts/1`, { body, headers });
  await paused;
  expect((await ann.call("DELETE", path)).status).toBe(204);
  resume();
  expect(await sent).toMatchObject({ status: 404, body: { code: "not_found" } });
  expect(await fileUsageOf(ann)).toEqual(before);
});
