import { beforeEach, expect, test } from "vitest";
import {
  boundary,
  fileField,
  formField,
  multipartBody,
  sendForm,
} from "../../support/worker/clients/multipart-form.ts";
import {
  binaryBytes,
  downloadContent,
  fileUsageOf,
  requestUpload,
  sendAs,
  sha256,
} from "../../support/worker/clients/upload-client.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

let ann: TestUser;
let before: Awaited<ReturnType<typeof fileUsageOf>>;
beforeEach(async () => {
  ann = await createUser("ann");
  before = await fileUsageOf(ann);
});

/** A body that sends its first bytes and then nothing more, until `end`. */
function stalledBody(bytes: Uint8Array) {
  const end = Promise.withResolvers<void>();
  let sent = false;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (sent) return end.promise;
      sent = true;
      controller.enqueue(bytes);
    },
  });
  return { body, headers: { "Content-Length": String(4 * 1024 * 1024) }, end: end.resolve };
}

const begun = binaryBytes(400_000);
const form = multipartBody(fileField(begun));
const timedOut = { status: 408, body: { code: "request_timeout" } };

test.each([
  ["a body", begun, requestUpload],
  ["a body that has hardly begun", begun.subarray(0, 10), requestUpload],
  ["a form", form.subarray(0, -10), sendForm],
  ["a form in its headers", form.subarray(0, 40), sendForm],
] as const)("[BW2] [FL1] %s that stalls is aborted and leaves nothing", async (_name, bytes, send) => {
  setWorkerConfig({ BODY_IDLE_TIMEOUT_MS: 300 });
  const { body, headers, end } = stalledBody(bytes);
  expect(await send(ann, body, { headers })).toMatchObject(timedOut);
  end();
  expect(await fileUsageOf(ann)).toEqual(before);
});

test("[BW2] [FL11] so is a part; the others stay", async () => {
  setWorkerConfig({ BODY_IDLE_TIMEOUT_MS: 300 });
  const sizeBytes = 4 * 1024 * 1024;
  const { body: begunUpload } = await ann.call("POST", "/v1/files/uploads", { name: "a", sizeBytes });
  const path = `/v1/files/uploads/${begunUpload.id}`;
  const { body, headers, end } = stalledBody(begun);
  expect(await sendAs(ann, "PUT", `${path}/parts/1`, { body, headers })).toMatchObject(timedOut);
  end();
  expect((await ann.call("GET", path)).body.received).toEqual([]);
  expect((await sendAs(ann, "PUT", `${path}/parts/1`, { body: binaryBytes(sizeBytes) })).status).toBe(204);
});

test("[BW2] draining a rejected body that stalls stops", async () => {
  setWorkerConfig({ BODY_IDLE_TIMEOUT_MS: 300 });
  const { body, headers, end } = stalledBody(Buffer.from("MZ\u0090\u0000".repeat(50_000), "latin1"));
  expect(await requestUpload(ann, body, { headers })).toMatchObject({ status: 415 });
  end();
});

test("[BW2] one that is slow but not stalled is stored", async () => {
  setWorkerConfig({ BODY_IDLE_TIMEOUT_MS: 400 });
  const pieces = Array.from({ length: 8 }, (_, index) => binaryBytes(1_000).subarray(0, 900 + index));
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await scheduler.wait(150);
      const piece = pieces.shift();
      if (piece) controller.enqueue(piece);
      else controller.close();
    },
  });
  const answer = await requestUpload(ann, body, { headers: { "Content-Length": String(size) } });
  expect(answer).toMatchObject({ status: 201, body: { sizeBytes: size } });
});

test("[BW3] concurrent bodies of one user are limited; other users are not", async () => {
  setWorkerConfig({ FILE_UPLOADS_AT_ONCE: 3, BODY_IDLE_TIMEOUT_MS: 3_000 });
  const bob = await createUser("bob");
  const open = [1, 2, 3].map(() => stalledBody(form.subarray(0, -10)));
  const sent = open.map(({ body, headers }) => sendForm(ann, body, { headers }));
  await scheduler.wait(300);
  for (const send of [() => requestUpload(ann, "x"), () => sendForm(ann, multipartBody(fileField("x")))])
    expect(await send()).toMatchObject({ status: 429, body: { code: "rate_limited" } });
  expect((await requestUpload(bob, "x")).status).toBe(201);
  for (const answer of await Promise.all(sent)) expect(answer).toMatchObject(timedOut);
  for (const { end } of open) end();
  expect((await requestUpload(ann, "x")).status).toBe(201);
});

test("[FL1] a form may end without a line break, with several, or have a preamble", async () => {
  for (const size of [1, 2, 70_000, 128 * 1024, 300_001]) {
    const bytes = binaryBytes(size);
    const hash = sha256(bytes);
    const whole = multipartBody(fileField(bytes));
    const ends: Record<string, Uint8Array> = {
      "as most write it": whole,
      "without the last line break": whole.subarray(0, -2),
      "with three more": Buffer.concat([whole, Buffer.from("\r\n\r\n\r\n")]),
      "with an epilogue": Buffer.concat([whole, Buffer.from("This is what follows.\r\n".repeat(40))]),
      "with a preamble": Buffer.concat([Buffer.from("A form:\r\n"), whole]),
      "with blanks behind its boundary": Buffer.concat([
        fileField(bytes),
        Buffer.from(`--${boundary}--   \t \r\n`),
      ]),
    };
    for (const [name, form_] of Object.entries(ends)) {
      const { status, body, text } = await sendForm(ann, form_ as Uint8Array<ArrayBuffer>);
      expect(status, `${name}, ${size}: ${text}`).toBe(201);
      expect(body, `${name}, ${size}`).toMatchObject({ sizeBytes: size, sha256: hash });
      expect((await downloadContent(ann, body)).equals(bytes), `${name}, ${size}`).toBe(true);
      await ann.call("DELETE", `/v1/files/${body.id}`);
    }
  }
  expect(await fileUsageOf(ann)).toEqual(before);
});

test("[FL1] an overlong epilogue of a form is rejected and leaves nothing", async () => {
  const long = Buffer.concat([multipartBody(fileField(binaryBytes(300_000))), binaryBytes(200_000)]);
  expect(await sendForm(ann, long as Uint8Array<ArrayBuffer>)).toMatchObject({ status: 400 });
  const second = multipartBody(
    fileField(binaryBytes(300_000)),
    formField('name="file"; filename="b"', binaryBytes(100)),
  );
  expect(await sendForm(ann, second)).toMatchObject({ status: 400 });
  expect(await fileUsageOf(ann)).toEqual(before);
});
