import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import * as api from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { hubStub } from "../../support/worker/objects/hub-object.ts";

async function channelWithMessages(...contents: string[]) {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob], { isPrivate: true });
  const ids: string[] = [];
  for (const content of contents)
    ids.push((await ann.call("POST", `/v1/channels/${channelId}/messages`, { content })).body.id);
  return { ann, bob, channelId, ids };
}

const save = (as: TestUser, messageId: string, query = {}) =>
  expectOk(api.saveMessage, { as, params: { messageId }, query });
const list = async (as: TestUser, query = {}) => (await expectOk(api.getSavedMessages, { as, query })).items;

test("[SV1] lists the last saved first, with each message as it is now", async () => {
  const { ann, bob, channelId, ids } = await channelWithMessages("one", "two", "three");
  const [one = "", two = "", three = ""] = ids;
  const socket = await connectGateway(bob);
  for (const id of [one, three, two]) await save(bob, id);
  await save(bob, one, { channelId });
  expect(await socket.next("savedMessageUpdate")).toMatchObject({
    data: { savedMessage: { messageId: one, channelId, doneAt: null } },
  });
  await ann.call("PATCH", `/v1/channels/${channelId}/messages/${one}`, { content: "edited" });
  await ann.call("DELETE", `/v1/channels/${channelId}/messages/${three}`);
  const items = await list(bob);
  expect(items.map(({ messageId }) => messageId).toSorted()).toEqual([...ids].toSorted());
  const contentOf = (id: string) => items.find(({ messageId }) => messageId === id)?.message;
  expect(contentOf(one)).toMatchObject({ content: "edited" });
  expect(contentOf(three)).toMatchObject({ content: "", deletedAt: expect.any(String) });
  const first = await expectOk(api.getSavedMessages, { as: bob, query: { limit: 2 } });
  const rest = await list(bob, { limit: 2, cursor: first.nextCursor! });
  expect([...first.items, ...rest].map(({ messageId }) => messageId)).toEqual(
    items.map(({ messageId }) => messageId),
  );
  expect(await list(ann)).toEqual([]);
});

test("[SV2] a message that is no longer readable is marked, without content", async () => {
  const { ann, bob, channelId, ids } = await channelWithMessages("secret");
  await save(bob, ids[0]!);
  await ann.call("DELETE", `/v1/channels/${channelId}/members/${bob.userId}`);
  const [item] = await list(bob);
  expect(item).toMatchObject({ messageId: ids[0], unreadable: true });
  expect(item).not.toHaveProperty("message");
});

test("[SV3] a message is marked as done and not done, and removed", async () => {
  const { bob, ids } = await channelWithMessages("one", "two");
  for (const id of ids) await save(bob, id);
  const params = { messageId: ids[0]! };
  const mark = (done: boolean) => expectOk(api.updateSavedMessage, { as: bob, params, body: { done } });
  expect((await mark(true)).doneAt).not.toBeNull();
  expect(await list(bob, { done: "true" })).toMatchObject([{ messageId: ids[0] }]);
  expect(await list(bob, { done: "false" })).toMatchObject([{ messageId: ids[1] }]);
  expect((await mark(false)).doneAt).toBeNull();
  const unsave = async () => (await callEndpoint(api.unsaveMessage, { as: bob, params })).status;
  expect([await unsave(), await unsave()]).toEqual([204, 404]);
  expect(await list(bob)).toMatchObject([{ messageId: ids[1] }]);
  expect(
    await expectRejected(api.updateSavedMessage, { as: bob, params, body: { done: true } }),
  ).toMatchObject({ code: "not_found" });
});

test("[SV4] hidden and unknown messages are alike; at most 1,000 are saved", async () => {
  const { ann, channelId, ids } = await channelWithMessages("one");
  const [eve] = (await createUsers("eve")) as [TestUser];
  const unknown = "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV";
  const rejected = async (messageId: string, query = {}) => {
    const { status, body } = await callEndpoint(api.saveMessage, { as: eve, params: { messageId }, query });
    return [status, body.detail];
  };
  for (const [id, query] of [
    [ids[0]!, {}],
    [ids[0]!, { channelId }],
    [unknown, {}],
    ["x", {}],
  ] as const)
    expect(await rejected(id, query)).toEqual([404, "No such message"]);
  await runInDurableObject(hubStub(ann.userId), (_, { storage: { sql } }) => {
    for (let nr = 0; nr < 1_000; nr++)
      sql.exec(
        "INSERT INTO saved_messages (message_id, channel_id, saved_at) VALUES (?, ?, 1)",
        `m${nr}`,
        channelId,
      );
  });
  expect(await expectRejected(api.saveMessage, { as: ann, params: { messageId: ids[0]! } })).toMatchObject({
    code: "conflict",
  });
});
