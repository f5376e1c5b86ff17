import { expect, test } from "vitest";
import { commands } from "../../../src/protocol/index.ts";
import { getThreadPage, messagePath, postMessage, postReply } from "../../support/worker/clients/messages.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";

test("[NC1] [TH1] a repeated reply returns its current state, over both transports", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  const root = await postMessage(ann, channelId, "root");
  const body = { content: "once", nonce: "n", alsoInChannel: true };
  const made = await postReply(bob, root, body.content, body);
  await bob.call("PATCH", messagePath(made), { content: "edited" });
  const second = await postReply(ann, root, "second");
  const socket = await bob.connect(channelId);
  const again = async () => {
    const ack = await socket.sendCommand("threadCreate", { messageId: root.id, ...body });
    expect(ack).toMatchObject({ type: "ack", data: { deduplicated: true, nonce: "n" } });
    const { message, thread } = commands.threadCreate.ack.parse((ack as any).data);
    const rest = await bob.call("POST", `${messagePath(root)}/thread`, body);
    expect([rest.status, rest.body]).toEqual([200, message]);
    expect(thread).toEqual((await getThreadPage(bob, root)).root.thread);
    return message;
  };
  expect(await again()).toMatchObject({ id: made.id, content: "edited", version: 2, alsoInChannel: true });
  for (const other of [
    { ...body, alsoInChannel: false },
    { ...body, content: "else" },
  ])
    expect((await bob.call("POST", `${messagePath(root)}/thread`, other)).body.code).toBe("nonce_reused");
  expect(
    (await bob.call("POST", `/v1/channels/${channelId}/messages`, { content: "once", nonce: "n" })).status,
  ).toBe(409);
  expect((await bob.call("POST", `${messagePath(second)}/thread`, body)).body.code, "another place").toBe(
    "nonce_reused",
  );
  await bob.call("DELETE", messagePath(made));
  expect(await again()).toMatchObject({ id: made.id, content: "", deletedAt: expect.any(String) });
  await ann.call("DELETE", messagePath(second));
  expect(await again(), "also where no reply is left").toMatchObject({ id: made.id });
  expect(socket.events.every(({ type }) => type === "threadDelete")).toBe(true);
});

test("[NC3] [NC4] 20 concurrent equal replies make one reply, event and unread", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  const root = await postMessage(ann, channelId, "root");
  const [socket, observer] = [await bob.connect(channelId), await ann.connect(channelId)];
  const body = { content: "once", nonce: "n" };
  const [acks, answers] = await Promise.all([
    Promise.all(
      Array.from({ length: 10 }, () => socket.sendCommand("threadCreate", { messageId: root.id, ...body })),
    ),
    Promise.all(Array.from({ length: 10 }, () => bob.call("POST", `${messagePath(root)}/thread`, body))),
  ]);
  const messages = [...acks.map((ack) => (ack as any).data.message), ...answers.map((one) => one.body)];
  for (const message of messages) expect(message).toEqual(messages[0]);
  expect([
    ...acks.filter((ack) => !(ack as any).data.deduplicated),
    ...answers.filter(({ status }) => status === 201),
  ]).toHaveLength(1);
  const end = await postReply(ann, root, "the end");
  await observer.waitForSeq(end.seq);
  expect(observer.events).toHaveLength(2);
  expect((await getThreadPage(ann, root)).root.thread?.replyCount).toBe(2);
});
