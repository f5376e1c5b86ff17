import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  interceptDatabase,
  rejectAsUnreachable,
  restoreDatabases,
  sqlOf,
} from "../../support/worker/fakes/database-interceptor.ts";
import { newId } from "../../../src/lib/ids.ts";
import { createMessage } from "../../../src/protocol/index.ts";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import {
  binaryBytes,
  contentPath,
  downloadContent,
  fetchAs,
  fileUsageOf,
  requestUpload,
  uploadOk,
} from "../../support/worker/clients/upload-client.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { fileStates } from "../../support/worker/fixtures/stored-files.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

let ann: TestUser, bob: TestUser;
beforeEach(async () => {
  [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
});
afterEach(() => {
  vi.restoreAllMocks();
  restoreDatabases();
});

const bytes = binaryBytes(300_000);

/** Counts the calls of D1 that concern files while `work` runs. */
async function countFileQueries(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  interceptDatabase((call) => {
    if (/"?files"?\b/.test(sqlOf(call))) count++;
    return call.run();
  });
  await work();
  restoreDatabases();
  return count;
}

/** Sends a file in a private channel of Ann and Bob. */
async function shareFile() {
  const file = await uploadOk(ann, bytes);
  const channelId = await createChannelFor(ann, [bob], { isPrivate: true });
  const message = await expectOk(createMessage, {
    as: ann,
    params: { channelId },
    body: { content: "", fileIds: [file.id] },
  });
  return { file, channelId, messageId: message.id };
}

const responseOf = async (who: TestUser, id: string) => {
  const response = await fetchAs(who, "GET", contentPath({ id }));
  const { requestId: _, ...body } = (await response.json()) as Record<string, unknown>;
  return { status: response.status, body };
};

test("[FL1] [FL10] an upload takes one write of D1", async () => {
  expect(await countFileQueries(() => uploadOk(ann, bytes))).toBe(1);
});

test("[FL7] a repeated download takes no query of D1, and none of one's own upload", async () => {
  const { file } = await shareFile();
  expect(await countFileQueries(() => downloadContent(ann, file))).toBe(0);
  expect(await countFileQueries(() => downloadContent(bob, file))).toBe(1);
  expect(await countFileQueries(() => downloadContent(bob, file))).toBe(0);
});

test("[FL7] for a former member a file is missing, though its row is in memory", async () => {
  const { file, channelId } = await shareFile();
  expect(await downloadContent(bob, file)).toEqual(Buffer.from(bytes));
  await ann.call("DELETE", `/v1/channels/${channelId}/members/${bob.userId}`);
  expect(await responseOf(bob, file.id)).toEqual(await responseOf(bob, newId("fil")));
});

test("[FL7] [FL9] a deleted file is missing at once, though its row is in memory", async () => {
  const { file, channelId, messageId } = await shareFile();
  for (const who of [ann, bob]) await downloadContent(who, file);
  await ann.call("DELETE", `/v1/channels/${channelId}/messages/${messageId}`);
  expect((await responseOf(bob, file.id)).status).toBe(404);
  await eventually(async () => (await fileStates(ann))[file.id] === undefined, "the file to be deleted");
  expect((await responseOf(ann, file.id)).status).toBe(404);
  const own = await uploadOk(ann, bytes);
  await downloadContent(ann, own);
  await ann.call("DELETE", `/v1/files/${own.id}`);
  expect(await responseOf(ann, own.id)).toEqual(await responseOf(ann, newId("fil")));
});

test("[FL7] an ended session downloads nothing, though its row is in memory", async () => {
  const file = await uploadOk(ann, bytes);
  await ann.call("POST", "/v1/auth/logout");
  expect((await fetchAs(ann, "GET", contentPath(file))).status).toBe(401);
});

test("[FL1] a rejected type leaves no reservation and calls neither D1 nor R2", async () => {
  const before = await fileUsageOf(ann);
  const program = Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, ...bytes.subarray(0, 1_000)]);
  const queries = await countFileQueries(async () =>
    expect((await requestUpload(ann, program)).status).toBe(415),
  );
  expect(queries).toBe(0);
  expect(await fileStates(ann)).toEqual({});
  expect(await fileUsageOf(ann)).toEqual({ ...before, chargedTo: 0 });
});

test("[FL10] a large file is rejected before it is sent if the workspace is full", async () => {
  const sizeBytes = 9 * 1024 * 1024;
  setWorkerConfig({ FILE_WORKSPACE_QUOTA_BYTES: sizeBytes - 1 });
  const answer = await requestUpload(ann, new Uint8Array(sizeBytes).fill(200));
  expect(answer).toMatchObject({ status: 413, body: { code: "quota_exceeded" } });
  expect(await fileStates(ann)).toEqual({});
});

test("[FL10] a small file over the workspace's quota never becomes an object", async () => {
  const before = await fileUsageOf(ann);
  setWorkerConfig({ FILE_WORKSPACE_QUOTA_BYTES: before.charged + bytes.length - 1 });
  expect(await requestUpload(ann, bytes)).toMatchObject({ status: 413, body: { code: "quota_exceeded" } });
  expect(await fileUsageOf(ann)).toEqual({ ...before, chargedTo: 0 });
});

test("[DP3] [FL1] [FL7] with a hub of an earlier release, files are uploaded and read", async () => {
  const checkSession = UserHub.prototype.checkSession;
  vi.spyOn(UserHub.prototype, "checkSession").mockImplementation(function (
    this: UserHub,
    ...[id, channelId, generation]
  ) {
    return checkSession.call(this, id, channelId, generation);
  });
  const { file } = await shareFile();
  expect(await downloadContent(ann, file)).toEqual(Buffer.from(bytes));
  expect(await downloadContent(bob, file)).toEqual(Buffer.from(bytes));
});

test("[FL7] while D1 is down, only one's own upload can be downloaded", async () => {
  const { file } = await shareFile();
  interceptDatabase(() => rejectAsUnreachable());
  expect(await downloadContent(ann, file)).toEqual(Buffer.from(bytes));
  expect((await fetchAs(bob, "GET", contentPath(file))).status).toBe(503);
});
