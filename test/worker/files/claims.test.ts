import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import { createMessage, createThread, type FileRef } from "../../../src/protocol/index.ts";
import { channelOf, people, type Person } from "../../support/worker/cast.ts";
import { callEndpoint, ok, refused } from "../../support/worker/endpoints.ts";
import { fileOf, statesOf } from "../../support/worker/files.ts";
import { alarmAfter, hubOf, withHubVars } from "../../support/worker/hubs.ts";

let [ann, bob]: Person[] = [];
let channelId: string;
beforeAll(async () => {
  [ann, bob] = await people("ann", "bob");
  channelId = await channelOf(ann!, [bob!]);
});
afterEach(() => void vi.useRealTimers());

const send = (as: Person, fileIds: string[], more: object = {}, into = channelId) => ({
  as,
  params: { channelId: into },
  body: { content: "", fileIds, ...more },
});
const stateOf = async (of: Person, { id }: FileRef) => (await statesOf(of))[id];

test("[FL8] [FL13] a message carries its files, without any text, and the hub learns by itself that it does", async () => {
  const [one, two] = [await fileOf(ann!, { name: "one.txt" }), await fileOf(ann!, { name: "two.txt" })];
  const message = await ok(createMessage, send(ann!, [two.id, one.id]));
  expect(message).toMatchObject({ content: "", files: [two, one] });
  expect(await stateOf(ann!, one)).toBe("claimed");
  await alarmAfter(ann!.userId, 10_001);
  expect([await stateOf(ann!, one), await stateOf(ann!, two)]).toEqual(["carried", "carried"]);
});

test("[FL8] a file belongs to one message: another send is a conflict, before and after the hub knows", async () => {
  const file = await fileOf(ann!);
  const { id: messageId } = await ok(createMessage, send(ann!, [file.id], { nonce: "first" }));
  const again = async () => [
    (await refused(createMessage, send(ann!, [file.id]))).code,
    (await refused(createMessage, send(ann!, [file.id], { nonce: "other" }))).code,
    (
      await refused(createThread, {
        as: ann,
        params: { channelId, messageId },
        body: { content: "", fileIds: [file.id] },
      })
    ).code,
  ];
  expect(await again()).toEqual(Array(3).fill("conflict"));
  await alarmAfter(ann!.userId, 10_001);
  expect(await again()).toEqual(Array(3).fill("conflict"));
});

test("[FL8] another's file, one that is not complete and one that does not exist are the same not_found", async () => {
  const file = await fileOf(bob!);
  const fileId = newId("fil");
  await hubOf(ann!.userId).reserveFile({ fileId, key: "k", sizeBytes: 1 });
  const answers = await Promise.all(
    [file.id, fileId, newId("fil")].map((id) => refused(createMessage, send(ann!, [id]))),
  );
  expect(new Set(answers.map(({ code, detail }) => `${code} ${detail}`))).toEqual(
    new Set(["not_found No such file"]),
  );
  await hubOf(ann!.userId).abandonFile(fileId);
});

test("[FL8] of 20 messages that want one file at once, one gets it", async () => {
  const file = await fileOf(ann!);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => callEndpoint(createMessage, send(ann!, [file.id]))),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(409)]);
});

test("[FL8] files are claimed all or none", async () => {
  const [one, two] = [await fileOf(ann!), await fileOf(bob!)];
  expect((await refused(createMessage, send(ann!, [one.id, two.id]))).code).toBe("not_found");
  expect(await stateOf(ann!, one)).toBe("ready");
  expect((await ok(createMessage, send(ann!, [one.id]))).files).toEqual([one]);
});

test("[FL8] what the room refuses lets the files go at once", async () => {
  const file = await fileOf(ann!);
  const root = await ok(createMessage, { as: ann, params: { channelId }, body: { content: "root" } });
  await ann!.call("DELETE", `/v1/channels/${channelId}/messages/${root.id}`);
  const params = { channelId, messageId: root.id };
  const body = { content: "late", fileIds: [file.id] };
  expect((await refused(createThread, { as: ann, params, body })).code).toBe("conflict");
  await vi.waitFor(async () => expect(await stateOf(ann!, file)).toBe("ready"));
  expect((await ok(createMessage, send(ann!, [file.id]))).files).toEqual([file]);
});

test("[FL8] who may not write, and an archived channel, claim nothing", async () => {
  const claims = vi.spyOn(UserHub.prototype, "claimFiles");
  const others = await channelOf(bob!);
  const file = await fileOf(ann!);
  expect((await refused(createMessage, send(ann!, [file.id], {}, others))).code).toBe("forbidden");
  const own = await channelOf(ann!);
  await ann!.call("DELETE", `/v1/channels/${own}`);
  expect((await refused(createMessage, send(ann!, [file.id], {}, own))).code).toBe("conflict");
  expect(await stateOf(ann!, file)).toBe("ready");
  expect(claims).not.toHaveBeenCalled();
  claims.mockRestore();
});

test("[FL8] a send that is repeated with its nonce gives the same message with its files; with other files it is refused", async () => {
  const [file, other] = [await fileOf(ann!), await fileOf(ann!)];
  const first = await ok(createMessage, send(ann!, [file.id], { nonce: "again" }));
  const second = await callEndpoint(createMessage, send(ann!, [file.id], { nonce: "again" }));
  expect([second.status, second.body]).toEqual([200, first]);
  const changed = await refused(createMessage, send(ann!, [other.id], { nonce: "again" }));
  expect(changed.code).toBe("nonce_reused");
  expect(await stateOf(ann!, other)).toBe("ready");
});

test("[FL8] of 10 sends with one nonce at once, all are answered with the one message", async () => {
  const file = await fileOf(ann!);
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => callEndpoint(createMessage, send(ann!, [file.id], { nonce: "burst" }))),
  );
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(9).fill(200), 201]);
  await alarmAfter(ann!.userId, 10_001);
  expect(await stateOf(ann!, file)).toBe("carried");
});

test("[FL8] [FL9] a file that a message carries, or is about to, is not deleted by itself", async () => {
  const file = await fileOf(ann!);
  await ok(createMessage, send(ann!, [file.id]));
  const codeOf = async () => {
    const outcome = await hubOf(ann!.userId).deleteFile(file.id);
    return outcome.ok || outcome.problem.code;
  };
  expect(await codeOf()).toBe("conflict");
  await alarmAfter(ann!.userId, 10_001);
  expect(await codeOf()).toBe("conflict");
});

test("[FL10] a file that is given to a message stays charged", async () => {
  const [cid] = await people("cid");
  await withHubVars(cid!.userId, { FILE_USER_QUOTA_BYTES: 7_000 });
  const own = await channelOf(cid!);
  const file = await fileOf(cid!);
  await ok(createMessage, send(cid!, [file.id], {}, own));
  const outcome = await hubOf(cid!.userId).reserveFile({ fileId: newId("fil"), key: "k", sizeBytes: 3 });
  expect(outcome).toMatchObject({ ok: false, problem: { code: "quota_exceeded" } });
});
