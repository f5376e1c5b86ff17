import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import * as api from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { hubLog, hubRows, hubStub } from "../../support/worker/objects/hub-object.ts";

const threadId = "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const put = (as: TestUser, channelId: string, body: object) =>
  expectOk(api.putDraft, { as, params: { channelId }, body });
const list = async (as: TestUser) => (await expectOk(api.getDrafts, { as })).items;

test("[DR1] each channel and thread has one draft, on all devices", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  const socket = await connectGateway(ann);
  const draft = await put(ann, channelId, { content: "hel" });
  expect(await socket.next("draftUpdate")).toMatchObject({ data: { draft } });
  await put(ann, channelId, { content: "hello", baseRev: draft.rev });
  await put(ann, channelId, { content: "reply", threadId });
  expect(await list(ann)).toMatchObject([
    { channelId, threadId, content: "reply" },
    { channelId, threadId: null, content: "hello" },
  ]);
  expect((await hubLog(ann.userId)).filter(({ type }) => type === "draftUpdate")).toEqual([]);
});

test("[DR2] the last writer wins, and receives the draft that it replaced", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  const first = await put(ann, channelId, { content: "one", baseRev: 0 });
  const phone = await put(ann, channelId, { content: "from the phone", baseRev: first.rev });
  expect(phone).not.toHaveProperty("overwritten");
  const laptop = await put(ann, channelId, { content: "from the laptop", baseRev: first.rev });
  expect(laptop).toMatchObject({
    content: "from the laptop",
    overwritten: { content: "from the phone", rev: phone.rev },
  });
  expect(laptop.rev).toBeGreaterThan(phone.rev);
  expect(await list(ann)).toMatchObject([{ content: "from the laptop" }]);
});

test("[DR2] the same text again writes nothing", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  const draft = await put(ann, channelId, { content: "same" });
  expect(await put(ann, channelId, { content: "same", baseRev: 0 })).toEqual(draft);
});

test("[DR3] an empty text deletes the draft, and a later one has a higher rev", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  const socket = await connectGateway(ann);
  const before = await put(ann, channelId, { content: "x" });
  const deleted = await put(ann, channelId, { content: "" });
  await socket.next("draftUpdate");
  expect(await socket.next("draftUpdate")).toMatchObject({
    data: { draft: { content: "", rev: deleted.rev } },
  });
  expect(await list(ann)).toEqual([]);
  const after = await put(ann, channelId, { content: "y" });
  expect([before.rev < deleted.rev, deleted.rev < after.rev]).toEqual([true, true]);
});

test("[DR4] a user has at most 200 drafts, and deleted ones are bounded", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  const fill = (content: string, from: number) =>
    runInDurableObject(hubStub(ann.userId), (_, { storage: { sql } }) => {
      for (let nr = 0; nr < 200; nr++)
        sql.exec("INSERT INTO drafts VALUES (?, ?, ?, ?, 1)", channelId, `${from + nr}`, content, from + nr);
    });
  await put(ann, channelId, { content: "" });
  await fill("x", 1);
  expect(
    await expectRejected(api.putDraft, { as: ann, params: { channelId }, body: { content: "one more" } }),
  ).toMatchObject({ code: "conflict" });
  await fill("", 1_000);
  await runInDurableObject(hubStub(ann.userId), (_, { storage: { sql } }) =>
    sql.exec("DELETE FROM drafts WHERE content <> '' AND rev > 1"),
  );
  await put(ann, channelId, { content: "own", threadId });
  await put(ann, channelId, { content: "", threadId });
  expect(await hubRows(ann.userId, "drafts")).toHaveLength(101);
});

test("[DR4] a hidden channel is not found, and drafts are the user's alone", async () => {
  const [ann, bob, eve] = (await createUsers("ann", "bob", "eve")) as [TestUser, TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob], { isPrivate: true });
  await put(ann, channelId, { content: "mine" });
  expect(await list(bob)).toEqual([]);
  const body = { content: "x" };
  expect(await expectRejected(api.putDraft, { as: eve, params: { channelId }, body })).toMatchObject({
    code: "not_found",
  });
});
