import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SimulatedCrash, onFailpoint } from "../../../src/lib/failpoint.ts";
import { png } from "../../support/image-headers.ts";
import { fileField, multipartBody, sendForm } from "../../support/worker/clients/multipart-form.ts";
import type { RestResponse } from "../../support/worker/clients/rest-client.ts";
import {
  binaryBytes,
  fileUsageOf,
  requestUpload,
  sendAs,
  sha256,
  streamOf,
} from "../../support/worker/clients/upload-client.ts";
import {
  interceptDatabase,
  rejectAsUnreachable,
  restoreDatabases,
  sqlOf,
} from "../../support/worker/fakes/database-interceptor.ts";
import { restoreBucket } from "../../support/worker/fakes/failing-bindings.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { runHubAlarmAfter, setHubConfig } from "../../support/worker/objects/hub-object.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

const minute = 60_000;
const { FILES } = env;
let ann: TestUser;
let before: Awaited<ReturnType<typeof fileUsageOf>>;
beforeEach(async () => {
  ann = await createUser("ann");
  before = await fileUsageOf(ann);
});
afterEach(() => {
  onFailpoint(undefined);
  restoreBucket();
  restoreDatabases();
  vi.useRealTimers();
});

/** Makes these methods of R2 fail until it is restored. */
function failBucketMethods(...methods: string[]): void {
  const wrap = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, name) {
        if (methods.includes(String(name))) return () => Promise.reject(new Error("R2 does not answer"));
        const value = Reflect.get(target, name) as unknown;
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          const result = value.apply(target, args) as object;
          if (name === "resumeMultipartUpload") return wrap(result);
          return name === "createMultipartUpload" ? (result as Promise<object>).then(wrap) : result;
        };
      },
    });
  Object.assign(env, { FILES: wrap(FILES) });
}

const expectNothingLeft = async () => expect(await fileUsageOf(ann)).toEqual(before);

const large = 300 * 1024;
const raw = (bytes: Uint8Array<ArrayBuffer> | ReadableStream = binaryBytes(large), headers = {}) =>
  requestUpload(ann, bytes, { headers });
const form = (size: number) => () => sendForm(ann, multipartBody(fileField(binaryBytes(size))));
const overMemory = 9 * 1024 * 1024;
/** Stored in two steps. */
const withoutLineBreak = () => sendForm(ann, multipartBody(fileField(binaryBytes(large))).subarray(0, -2));
const short = (form: Buffer, cut: number): Promise<RestResponse> =>
  sendForm(ann, streamOf([form.subarray(0, -cut)]), { headers: { "Content-Length": String(form.length) } });

const rejectedUploads: [string, number, () => Promise<RestResponse>][] = [
  ["a lie", 415, () => requestUpload(ann, "text ".repeat(large / 5), { type: "image/png" })],
  ["a program", 415, () => raw(Buffer.from("\u007fELF\u0002\u0001\u0001\u0000\u0000"))],
  ["an enormous picture", 413, () => raw(png(60_000, 60_000) as Uint8Array<ArrayBuffer>)],
  ["another hash", 400, () => requestUpload(ann, binaryBytes(large), { query: `&sha256=${sha256("x")}` })],
  ["another hash of a small file", 400, () => requestUpload(ann, "y", { query: `&sha256=${sha256("x")}` })],
  ["a body that ends in its head", 400, () => raw(streamOf([binaryBytes(10)]), { "Content-Length": "20" })],
  [
    "a body that ends early",
    400,
    () => raw(streamOf([binaryBytes(large)]), { "Content-Length": `${large + 1}` }),
  ],
  [
    "a body that is too long",
    400,
    () => raw(streamOf([binaryBytes(large)]), { "Content-Length": `${large - 1}` }),
  ],
  ["a form that ends in its head", 400, () => short(multipartBody(fileField("x")), 30)],
  ["a form that ends early", 400, () => short(multipartBody(fileField(binaryBytes(large))), 1000)],
  ["a large form that ends early", 400, () => short(multipartBody(fileField(binaryBytes(overMemory))), 1000)],
  ["a second file", 400, () => sendForm(ann, multipartBody(fileField(binaryBytes(large)), fileField("x")))],
  [
    "a second file behind a large one",
    400,
    () => sendForm(ann, multipartBody(fileField(binaryBytes(overMemory)), fileField("x"))),
  ],
];

test.each(rejectedUploads)("[FL1] a rejected upload leaves nothing: %s", async (_name, status, send) => {
  const answer = await send();
  expect(answer.status, answer.text).toBe(status);
  await expectNothingLeft();
});

test.each([
  ["a body", () => raw()],
  ["a form", form(large)],
  ["a large form", form(overMemory)],
])("[FL1] [FL10] past a quota nothing is stored: %s", async (_name, send) => {
  await setHubConfig(ann.userId, { FILE_USER_QUOTA_BYTES: large - 1 });
  expect(await send()).toMatchObject({ body: { code: "quota_exceeded" } });
  await expectNothingLeft();
  await setHubConfig(ann.userId, { FILE_USER_QUOTA_BYTES: 100_000_000 });
  setWorkerConfig({ FILE_WORKSPACE_QUOTA_BYTES: large - 1 });
  expect(await send()).toMatchObject({ body: { code: "quota_exceeded" } });
  await expectNothingLeft();
});

test.each([
  ["a body", ["put"], () => raw()],
  ["a form", ["put"], form(large)],
  ["a large form", ["put"], form(overMemory)],
  ["a form of another size than was expected", ["get"], withoutLineBreak],
] as const)(
  "[FL1] an upload that R2 fails is `unavailable` and leaves nothing: %s",
  async (_name, methods, send) => {
    failBucketMethods(...methods);
    expect(await send()).toMatchObject({ status: 503, body: { code: "unavailable", retryAfterMs: 2_000 } });
    await expectNothingLeft();
  },
);

test("[FL1] what R2 can't delete at once is deleted by the alarm", async () => {
  failBucketMethods("get", "delete");
  expect((await withoutLineBreak()).status).toBe(503);
  expect(await fileUsageOf(ann)).toMatchObject({ rows: before.rows + 1 });
  restoreBucket();
  await runHubAlarmAfter(ann.userId, minute + 1);
  await expectNothingLeft();
});

const partsPath = (id: string, rest = "") => `/v1/files/uploads/${id}${rest}`;
const begin = () => ann.call("POST", "/v1/files/uploads", { name: "a.bin", sizeBytes: 1000 });
async function beginWithPart(): Promise<string> {
  const { body } = await begin();
  await sendAs(ann, "PUT", partsPath(body.id, "/parts/1"), { body: binaryBytes(1000) });
  return body.id as string;
}
const complete = (id: string) => ann.call("POST", partsPath(id, "/complete"));

test("[FL11] an upload that could not begin leaves nothing", async () => {
  failBucketMethods("createMultipartUpload");
  expect(await begin()).toMatchObject({ status: 503 });
  restoreBucket();
  await setHubConfig(ann.userId, { FILE_USER_QUOTA_BYTES: 4_095 });
  expect(await begin()).toMatchObject({ body: { code: "quota_exceeded" } });
  await setHubConfig(ann.userId, { FILE_USER_QUOTA_BYTES: 4_096 });
  setWorkerConfig({ FILE_WORKSPACE_QUOTA_BYTES: 4_095 });
  expect(await begin()).toMatchObject({ body: { code: "quota_exceeded" } });
  setWorkerConfig({ FILE_WORKSPACE_QUOTA_BYTES: 4_096 });
  interceptDatabase((call) =>
    /insert into "files"/i.test(sqlOf(call)) ? rejectAsUnreachable() : call.run(),
  );
  expect(await begin()).toMatchObject({ status: 503 });
  restoreDatabases();
  await runHubAlarmAfter(ann.userId, minute + 1);
  await expectNothingLeft();
});

test.each([["complete"], ["head", "complete"], ["get"]])(
  "[FL11] an upload during R2's failure at %s can be completed later",
  async (...methods) => {
    const id = await beginWithPart();
    failBucketMethods(...methods);
    expect(await complete(id)).toMatchObject({ status: 503, body: { code: "unavailable" } });
    restoreBucket();
    expect(await complete(id)).toMatchObject({
      status: 201,
      body: { id, sha256: sha256(binaryBytes(1000)) },
    });
  },
);

test("[FL11] after D1's failure or a crash an upload can be completed once", async () => {
  const id = await beginWithPart();
  for (const verb of ["select", "update"]) {
    interceptDatabase((call) =>
      new RegExp(`^${verb}.*files`, "i").test(sqlOf(call)) ? rejectAsUnreachable() : call.run(),
    );
    expect((await complete(id)).status).toBe(503);
    restoreDatabases();
  }
  onFailpoint((point) => {
    if (point === "upload:after-complete") throw new SimulatedCrash(point);
  });
  expect((await complete(id)).status).toBe(500);
  onFailpoint(undefined);
  expect((await ann.call("GET", `/v1/files/${id}`)).status).toBe(404);
  expect((await complete(id)).status).toBe(201);
  expect((await complete(id)).status).toBe(200);
  expect(await fileUsageOf(ann)).toEqual({
    rows: before.rows + 1,
    objects: before.objects + 1,
    charged: before.charged + 4_096,
    chargedTo: 4_096,
  });
});

test("[FL11] a part that R2 did not store is not recorded and can be sent again", async () => {
  const { body } = await begin();
  const send = () => sendAs(ann, "PUT", partsPath(body.id, "/parts/1"), { body: binaryBytes(1000) });
  failBucketMethods("uploadPart");
  expect(await send()).toMatchObject({ status: 503, body: { code: "unavailable" } });
  restoreBucket();
  expect((await ann.call("GET", partsPath(body.id))).body.received).toEqual([]);
  expect((await send()).status).toBe(204);
  expect((await complete(body.id)).status).toBe(201);
});
