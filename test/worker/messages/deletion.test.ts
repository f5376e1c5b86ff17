import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { getChannelMessages, getMessage } from "../../../src/protocol/index.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import {
  getThreadPage,
  messageParams,
  messagePath,
  postMessage,
  postReply,
} from "../../support/worker/clients/messages.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";
import { evictRoom, roomLog, roomTables } from "../../support/worker/objects/room-object.ts";

/** The tables of a database that contain the text in any column. */
async function tablesWith(text: string): Promise<string[]> {
  const names = await databaseRows<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
  );
  const found = [];
  for (const { name } of names)
    if (JSON.stringify(await env.DB.prepare(`SELECT * FROM "${name}"`).all()).includes(text))
      found.push(name);
  return found.toSorted();
}

for (const who of ["its author", "a moderator", "an admin of the workspace"] as const)
  for (const alsoInChannel of [false, true])
    test(`[LG7] reply ${alsoInChannel ? "in channel " : ""}deleted by ${who} is purged`, async () => {
      const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
      const admin = await createUser("admin", { role: "admin" });
      const channelId = await createChannelFor(bob, [ann]);
      const secret = `secret-${channelId}`;
      const root = await postMessage(bob, channelId, "root");
      const reply = await postReply(ann, root, `${secret} @${bob.username}`, { alsoInChannel, nonce: "n" });
      await ann.call("PATCH", messagePath(reply), { content: `${secret} two @${bob.username}` });
      await bob.call("PUT", `${messagePath(reply)}/reactions/👍`);
      await bob.call("PUT", `${messagePath(reply)}/pin`);
      await evictRoom(channelId);
      await ann.call("PATCH", messagePath(reply), { content: `${secret} three @${bob.username}` });
      expect(await tablesWith(secret), "it was there").toEqual(["message_versions", "messages"]);
      const deleter = { "its author": ann, "a moderator": bob, "an admin of the workspace": admin }[who];
      expect((await deleter.call("DELETE", messagePath(reply))).status).toBe(204);
      expect(JSON.stringify(await roomTables(channelId))).not.toContain(secret);
      expect(await tablesWith(secret)).toEqual([]);
      for (const table of ["reactions", "pins", "mentions"])
        expect(await databaseRows(`SELECT * FROM ${table} WHERE channel_id = ?`, channelId), table).toEqual(
          [],
        );
      const state = await roomTables(channelId);
      for (const table of ["reactions", "reaction_kinds", "pins", "mentions"])
        expect(state[table], table).toEqual([]);
      const socket = await bob.connect(channelId, "?since=0");
      const events = await listEvents(channelId, bob);
      expect(socket.events).toEqual(events);
      expect(JSON.stringify(events)).not.toContain(secret);
      const tombstone = await expectOk(getMessage, { as: bob, params: messageParams(reply) });
      expect(tombstone).toMatchObject({
        content: "",
        mentions: [],
        reactions: [],
        pinned: false,
        files: [],
        version: 3,
        threadId: root.id,
        authorId: ann.userId,
        deletedAt: expect.any(String),
      });
      expect((events.at(-1) as any).data).toEqual({ message: tombstone, thread: null });
      const { items } = await expectOk(getChannelMessages, { as: bob, params: { channelId } });
      expect(items.map(({ id }) => id)).toEqual(alsoInChannel ? [root.id, reply.id] : [root.id]);
      expect((await getThreadPage(bob, root)).items).toEqual([tombstone]);
    });

test("[LG7] [LG2] repeated and concurrent deletes over both transports count once", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(bob, [ann]);
  const root = await postMessage(ann, channelId, "root");
  const reply = await postReply(ann, root, "reply");
  const socket = await ann.connect(channelId);
  for (const [target, type] of [
    [reply, "threadDelete"],
    [root, "messageDelete"],
  ] as const) {
    const before = (await roomLog(channelId)).length;
    const [rest, acks] = await Promise.all([
      Promise.all(
        Array.from({ length: 6 }, (_, n) => (n % 2 ? ann : bob).call("DELETE", messagePath(target))),
      ),
      Promise.all([1, 2].map(() => socket.sendCommand(type, { messageId: target.id }))),
    ]);
    expect(rest.map(({ status }) => status)).toEqual(Array(6).fill(204));
    for (const ack of acks)
      expect(ack).toMatchObject({ type: "ack", data: { message: { id: target.id, content: "" } } });
    expect((await roomLog(channelId)).length).toBe(before + 1);
  }
});
