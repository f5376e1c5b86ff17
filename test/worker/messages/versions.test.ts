import { expect, test } from "vitest";
import { getMessage, getMessageHistory, type Message, updateMessage } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { messageParams, messagePath, postMessage, postReply } from "../../support/worker/clients/messages.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { evictRoom, roomLog, sendTogether } from "../../support/worker/objects/room-object.ts";

async function scene() {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  const root = await postMessage(ann, channelId, "a root");
  return { ann, bob, channelId, root, reply: await postReply(ann, root, "a reply") };
}

const versions = async (as: TestUser, message: Message) =>
  (await expectOk(getMessageHistory, { as, params: messageParams(message) })).items;
const edit = (as: TestUser, message: Message, content: string, expectedVersion?: number) =>
  callEndpoint(updateMessage, {
    as,
    params: messageParams(message),
    body: { content, ...(expectedVersion && { expectedVersion }) },
  });

test("all versions of messages and replies are listed oldest first, none once deleted", async () => {
  const { ann, bob, root, reply, channelId } = await scene();
  for (const target of [root, reply]) {
    expect(await versions(bob, target)).toEqual([
      { version: 1, content: target.content, at: target.createdAt },
    ]);
    const times = [target.createdAt];
    for (const content of ["two", "three", "two"]) {
      const { body } = await edit(ann, target, content);
      times.push(body.updatedAt);
    }
    await evictRoom(channelId);
    expect(await versions(bob, target)).toEqual(
      [target.content, "two", "three", "two"].map((content, n) => ({
        version: n + 1,
        content,
        at: times[n],
      })),
    );
    await ann.call("DELETE", messagePath(target));
    expect(await versions(bob, target)).toEqual([]);
  }
});

test("[LG2] of concurrent edits with one expected version one wins, others conflict", async () => {
  const { ann, root, reply, channelId } = await scene();
  const sockets = await Promise.all([1, 2, 3].map(() => ann.connect(channelId)));
  for (const target of [root, reply]) {
    const before = (await roomLog(channelId)).length;
    const type = target.threadId === null ? "messageUpdate" : "threadUpdate";
    const asked = { messageId: target.id, expectedVersion: 1 };
    const [rest, acks] = await Promise.all([
      Promise.all(Array.from({ length: 10 }, (_, n) => edit(ann, target, `rest ${n}`, 1))),
      Promise.all(sockets.map((socket, n) => socket.sendCommand(type, { ...asked, content: `socket ${n}` }))),
    ]);
    const won = [
      ...rest.filter(({ status }) => status === 200).map(({ body }) => body),
      ...acks.filter((ack) => ack.type === "ack").map((ack) => (ack as any).data.message),
    ];
    expect(won).toHaveLength(1);
    expect(rest.filter(({ status }) => status !== 200).every(({ body }) => body.code === "conflict")).toBe(
      true,
    );
    expect((await roomLog(channelId)).length).toBe(before + 1);
    expect(await expectOk(getMessage, { as: ann, params: messageParams(target) })).toEqual(won[0]);
  }
});

test("[LG1] edits of one batch build on each other; without a version the last wins", async () => {
  const { ann, root, channelId } = await scene();
  const socket = await ann.connect(channelId);
  const frame = (n: number, expectedVersion?: number) => ({
    id: n,
    type: "messageUpdate",
    data: { messageId: root.id, content: `edit ${n}`, ...(expectedVersion && { expectedVersion }) },
  });
  await sendTogether(channelId, [
    [ann, frame(1, 1)],
    [ann, frame(2, 1)],
    [ann, frame(3, 2)],
    [ann, frame(4)],
    [ann, { id: 5, type: "messageDelete", data: { messageId: root.id } }],
    [ann, frame(6)],
  ]);
  await socket.waitFor((item) => item.type === "error" && item.id === 6);
  const outcome = socket.seen.filter(({ type }) => type === "ack" || type === "error") as any[];
  expect(outcome.map(({ id, type }) => `${id} ${type}`)).toEqual([
    "1 ack",
    "2 error",
    "3 ack",
    "4 ack",
    "5 ack",
    "6 error",
  ]);
  await ann.call("GET", messagePath(root));
  expect(await versions(ann, root)).toEqual([]);
  const { body } = await ann.call("GET", messagePath(root));
  expect(body).toMatchObject({ version: 4, content: "", deletedAt: expect.any(String) });
});

test("[LG2] a stale, future or malformed expected version is rejected", async () => {
  const { ann, bob, root, channelId } = await scene();
  await edit(ann, root, "two");
  const before = await roomLog(channelId);
  for (const expectedVersion of [1, 3, 2 ** 53 - 1])
    expect(
      (
        await expectRejected(updateMessage, {
          as: ann,
          params: messageParams(root),
          body: { content: "x", expectedVersion },
        })
      ).code,
    ).toBe("conflict");
  for (const expectedVersion of [0, -1, 1.5, "2", null, 2 ** 53])
    expect(
      (
        await expectRejected(updateMessage, {
          as: ann,
          params: messageParams(root),
          body: { content: "x", expectedVersion },
        })
      ).code,
    ).toBe("validation_failed");
  expect((await edit(bob, root, "not mine", 2)).body.code, "whose it is comes first").toBe("forbidden");
  expect((await edit(ann, root, "two", 1)).body.code, "also where the text is the same").toBe("conflict");
  expect((await edit(ann, root, "two", 2)).body).toMatchObject({ version: 2 });
  expect(await roomLog(channelId)).toEqual(before);
  expect((await listEvents(channelId, bob)).at(-1)).toMatchObject({ type: "messageUpdate" });
});

test("versions of a message are paged, the current one last", async () => {
  const { ann, root } = await scene();
  for (const content of ["two", "three", "four"]) await edit(ann, root, content);
  const seen: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await expectOk(getMessageHistory, {
      as: ann,
      params: messageParams(root),
      query: { limit: "2", ...(cursor && { cursor }) },
    });
    expect(page.items.length).toBeLessThanOrEqual(2);
    seen.push(...page.items.map(({ version }) => version));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect(seen).toEqual([1, 2, 3, 4]);
});
