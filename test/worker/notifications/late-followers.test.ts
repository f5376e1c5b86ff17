import { expect, test } from "vitest";
import { createMessage, createThread } from "../../../src/protocol/index.ts";
import { channelOf, people, type Person } from "../../support/worker/cast.ts";
import { ok } from "../../support/worker/endpoints.ts";
import { allNotifications } from "../../support/worker/notices.ts";
import { atOnce, create } from "../../support/worker/room.ts";
import { connect } from "../../support/worker/socket.ts";

test("[NT3] who begins to follow after a reply is not notified of it, though the room tells of both in one go", async () => {
  const [ann, bob, cat] = (await people("ann", "bob", "cat")) as [Person, Person, Person];
  const channelId = await channelOf(ann, [bob, cat]);
  const root = await ok(createMessage, { as: ann, params: { channelId }, body: { content: "root" } });
  const reply = (content: string) => ({ type: "threadCreate", data: { messageId: root.id, content } });
  for (const one of [ann, bob, cat]) await connect(channelId, one.token);
  await atOnce(channelId, [
    [ann, create("a turn of its own, after which the others share the next")],
    [bob, reply("first")],
    [cat, reply("second")],
  ]);
  const params = { channelId, messageId: root.id };
  const last = await ok(createThread, { as: ann, params, body: { content: "third" } });

  const heard = async (as: Person) =>
    (await allNotifications(as))
      .filter(({ kind }) => kind === "thread")
      .map(({ channelSeq }) => channelSeq - last.seq)
      .toReversed();
  await expect.poll(() => heard(cat)).toEqual([0]);
  await expect.poll(() => heard(bob)).toEqual([-1, 0]);
  await expect.poll(() => heard(ann)).toEqual([-2, -1]);
});
