import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import { createMessage, createThread, type FileRef } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createStoredFile, fileStates } from "../../support/worker/fixtures/stored-files.ts";
import { hubStub, runHubAlarmAfter, setHubConfig } from "../../support/worker/objects/hub-object.ts";

let [ann, bob]: TestUser[] = [];
let channelId: string;
beforeAll(async () => {
  [ann, bob] = await createUsers("ann", "bob");
  channelId = await createChannelFor(ann!, [bob!]);
});
afterEach(() => void vi.useRealTimers());

const send = (as: TestUser, fileIds: string[], more: object = {}, into = channelId) => ({
  as,
  params: { channelId: into },
  body: { content: "", fileIds, ...more },
});
const stateOf = async (of: TestUser, { id }: FileRef) => (await fileStates(of))[id];

test("[FL8] [FL13] a message can consist of files, and the hub is notified", async () => {
  const [one, two] = [
    await createStoredFile(ann!, { name: "one.txt" }),
    await createStoredFile(ann!, { name: "two.txt" }),
  ];
  const message = await expectOk(createMessage, send(ann!, [two.id, one.id]));
  expect(message).toMatchObject({ content: "", files: [two, one] });
  expect(await stateOf(ann!, one)).toBe("claimed");
  await runHubAlarmAfter(ann!.userId, 10_001);
  expect([await stateOf(ann!, one), await stateOf(ann!, two)]).toEqual(["carried", "carried"]);
});

test("[FL8] a file belongs to one message: sending it again is a conflict", async () => {
  const file = await createStoredFile(ann!);
  const { id: messageId } = await expectOk(createMessage, send(ann!, [file.id], { nonce: "first" }));
  const again = async () => [
    (await expectRejected(createMessage, send(ann!, [file.id]))).code,
    (await expectRejected(createMessage, send(ann!, [file.id], { nonce: "other" }))).code,
    (
      await expectRejected(createThread, {
        as: ann,
        params: { channelId, messageId },
        body: { content: "", fileIds: [file.id] },
      })
    ).code,
  ];
  expect(await again()).toEqual(Array(3).fill("conflict"));
  await runHubAlarmAfter(ann!.userId, 10_001);
  expect(await again()).toEqual(Array(3).fill("conflict"));
});

test("[FL8] another's, incomplete and missing files give the same not_found", async () => {
  const file = await createStoredFile(bob!);
  const fileId = newId("fil");
  await hubStub(ann!.userId).reserveFile({ fileId, key: "k", sizeBytes: 1 });
  const answers = await Promise.all(
    [file.id, fileId, newId("fil")].map((id) => expectRejected(createMessage, send(ann!, [id]))),
  );
  expect(new Set(answers.map(({ code, detail }) => `${code} ${detail}`))).toEqual(
    new Set(["not_found No such file"]),
  );
  await hubStub(ann!.userId).abandonFile(fileId);
});

test("[FL8] of 20 concurrent messages with one file, one gets it", async () => {
  const file = await createStoredFile(ann!);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => callEndpoint(createMessage, send(ann!, [file.id]))),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(409)]);
});

test("[FL8] files are claimed all or none", async () => {
  const [one, two] = [await createStoredFile(ann!), await createStoredFile(bob!)];
  expect((await expectRejected(createMessage, send(ann!, [one.id, two.id]))).code).toBe("not_found");
  expect(await stateOf(ann!, one)).toBe("ready");
  expect((await expectOk(createMessage, send(ann!, [one.id]))).files).toEqual([one]);
});

test("[FL8] a command that the room rejects releases its files at once", async () => {
  const file = await createStoredFile(ann!);
  const root = await expectOk(createMessage, { as: ann, params: { channelId }, body: { content: "root" } });
  await ann!.call("DELETE", `/v1/channels/${channelId}/messages/${root.id}`);
  const params = { channelId, messageId: root.id };
  const body = { content: "late", fileIds: [file.id] };
  expect((await expectRejected(createThread, { as: ann, params, body })).code).toBe("conflict");
  await vi.waitFor(async () => expect(await stateOf(ann!, file)).toBe("ready"));
  expect((await expectOk(createMessage, send(ann!, [file.id]))).files).toEqual([file]);
});

test("[FL8] a user without permission or in an archived channel claims nothing", async () => {
  const claims = vi.spyOn(UserHub.prototype, "claimFiles");
  const others = await createChannelFor(bob!);
  const file = await createStoredFile(ann!);
  expect((await expectRejected(createMessage, send(ann!, [file.id], {}, others))).code).toBe("forbidden");
  const own = await createChannelFor(ann!);
  await ann!.call("DELETE", `/v1/channels/${own}`);
  expect((await expectRejected(createMessage, send(ann!, [file.id], {}, own))).code).toBe("conflict");
  expect(await stateOf(ann!, file)).toBe("ready");
  expect(claims).not.toHaveBeenCalled();
  claims.mockRestore();
});

test("[FL8] a repeated nonce returns the same message; other files are rejected", async () => {
  const [file, other] = [await createStoredFile(ann!), await createStoredFile(ann!)];
  const first = await expectOk(createMessage, send(ann!, [file.id], { nonce: "again" }));
  const second = await callEndpoint(createMessage, send(ann!, [file.id], { nonce: "again" }));
  expect([second.status, second.body]).toEqual([200, first]);
  const changed = await expectRejected(createMessage, send(ann!, [other.id], { nonce: "again" }));
  expect(changed.code).toBe("nonce_reused");
  expect(await stateOf(ann!, other)).toBe("ready");
});

test("[FL8] 10 concurrent sends with one nonce return one message", async () => {
  const file = await createStoredFile(ann!);
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => callEndpoint(createMessage, send(ann!, [file.id], { nonce: "burst" }))),
  );
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(9).fill(200), 201]);
  await runHubAlarmAfter(ann!.userId, 10_001);
  expect(await stateOf(ann!, file)).toBe("carried");
});

test("[FL8] [FL9] a file that is in a message or about to be can't be deleted", async () => {
  const file = await createStoredFile(ann!);
  await expectOk(createMessage, send(ann!, [file.id]));
  const codeOf = async () => {
    const outcome = await hubStub(ann!.userId).deleteFile(file.id);
    return outcome.ok || outcome.problem.code;
  };
  expect(await codeOf()).toBe("conflict");
  await runHubAlarmAfter(ann!.userId, 10_001);
  expect(await codeOf()).toBe("conflict");
});

test("[FL10] a file that is in a message stays charged", async () => {
  const [cid] = await createUsers("cid");
  await setHubConfig(cid!.userId, { FILE_USER_QUOTA_BYTES: 7_000 });
  const own = await createChannelFor(cid!);
  const file = await createStoredFile(cid!);
  await expectOk(createMessage, send(cid!, [file.id], {}, own));
  const outcome = await hubStub(cid!.userId).reserveFile({ fileId: newId("fil"), key: "k", sizeBytes: 3 });
  expect(outcome).toMatchObject({ ok: false, problem: { code: "quota_exceeded" } });
});
