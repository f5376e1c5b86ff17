import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { bodyHash } from "../../../src/durable/idempotency-keys.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { createUsers } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { evictRoom, roomRows, roomTables, sendTogether } from "../../support/worker/objects/room-object.ts";

/** Whether the text is anywhere in D1: in any column of any table. */
async function recordHolds(text: string): Promise<string[]> {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
  ).all<{ name: string }>();
  const dumps = await Promise.all(
    results.map(
      async ({ name }) =>
        [name, JSON.stringify(await env.DB.prepare(`SELECT * FROM "${name}"`).all())] as const,
    ),
  );
  return dumps
    .filter(([, dump]) => dump.includes(text))
    .map(([name]) => name)
    .sort();
}

for (const who of ["its author", "a moderator"] as const) {
  test(`[LG7] a deletion by ${who} purges the text from room, D1 and replays`, async () => {
    const secret = `the secret of ${who}`;
    const [ann, bob] = (await createUsers("ann", "bob")) as any[];
    const channel = await createChannelFor(bob, [ann]);
    const at = `/v1/channels/${channel}`;
    const { body: message } = await ann.call("POST", `${at}/messages`, {
      content: `${secret} 1`,
      nonce: "n",
    });
    await ann.call("PATCH", `${at}/messages/${message.id}`, { content: `${secret} 2` });
    const { body: other } = await ann.call("POST", `${at}/messages`, { content: "this stays" });
    await evictRoom(channel);
    await ann.call("PATCH", `${at}/messages/${message.id}`, { content: `${secret} 3` });
    expect(JSON.stringify(await roomTables(channel)), "it was there").toContain(secret);
    expect(await recordHolds(secret)).toEqual(["message_versions", "messages"]);
    const hashes = () => roomRows(channel, "SELECT seq, hash FROM nonces WHERE author_id = ?", ann.userId);
    expect(await hashes()).toEqual([
      { seq: message.seq, hash: bodyHash("messageCreate", { content: `${secret} 1` }) },
    ]);
    expect(
      (await (who === "its author" ? ann : bob).call("DELETE", `${at}/messages/${message.id}`)).status,
    ).toBe(204);
    expect(JSON.stringify(await roomTables(channel))).not.toContain(secret);
    expect(await hashes(), "a short text could be found from its hash").toEqual([
      { seq: message.seq, hash: "" },
    ]);
    expect(await recordHolds(secret)).toEqual([]);
    const socket = await ann.connect(channel, "?since=0");
    const events = await listEvents(channel, bob);
    expect(socket.frames.join() + JSON.stringify(events)).not.toContain(secret);
    expect(socket.events).toEqual(events);
    const about = events.filter(({ data }) => (data as any).message?.id === message.id);
    expect(
      about.map(({ type }) => type),
      "the events stay",
    ).toEqual(["messageCreate", "messageUpdate", "messageUpdate", "messageDelete"]);
    expect(about.map(({ data }) => (data as any).message.content)).toEqual(["", "", "", ""]);
    expect(about.at(-1)).toMatchObject({
      data: {
        message: { seq: message.seq, version: 3, authorId: ann.userId, deletedAt: expect.any(String) },
      },
    });
    expect(
      events.find(({ seq }) => seq === other.seq),
      "a neighbour is left alone",
    ).toMatchObject({ data: { message: { content: "this stays" } } });
    expect((await ann.call("GET", `${at}/messages/${message.id}/history`)).body.items).toEqual([]);
    const again = await ann.call("POST", `${at}/messages`, { content: `${secret} 1`, nonce: "n" });
    expect(
      [again.status, again.body.content, again.body.deletedAt === null],
      "the nonce tells of a tombstone",
    ).toEqual([200, "", false]);
    const sentAgain = await ann.call("POST", `${at}/messages`, { content: "another body", nonce: "n" });
    expect([sentAgain.status, sentAgain.body.id], "whatever the body, which is no longer known").toEqual([
      200,
      message.id,
    ]);
  });
}

test("[LG7] a message written, edited and deleted in one batch leaves no text behind", async () => {
  const secret = "the secret of a turn";
  const [ann, bob] = await createUsers("ann", "bob");
  const channel = await createChannelFor(ann!, [bob!]);
  const socket = await ann!.connect(channel);
  const { data } = (await socket.sendCommand("messageCreate", { content: `${secret} 1` })) as any;
  const messageId = data.message.id;
  await sendTogether(channel, [
    [ann!, messageFrame("prime")],
    [ann!, { type: "messageUpdate", data: { messageId, content: `${secret} 2` } }],
    [ann!, { type: "messageUpdate", data: { messageId, content: `${secret} 3` } }],
    [ann!, { type: "messageDelete", data: { messageId } }],
    [ann!, { id: "late", type: "messageUpdate", data: { messageId, content: `${secret} 4` } }],
  ]);
  expect(await socket.waitFor((item) => item.type === "error")).toMatchObject({
    id: "late",
    error: { code: "conflict" },
  });
  await socket.waitForSeq(8);
  expect(JSON.stringify(await roomTables(channel))).not.toContain(secret);
  await listEvents(channel, bob!);
  await bob!.call("POST", `/v1/channels/${channel}/messages`, { content: "drains" });
  expect(await recordHolds(secret)).toEqual([]);
});
