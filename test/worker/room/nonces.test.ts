import { expect, test } from "vitest";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { createUser, createUsers } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { evictRoom, roomLog, roomRows, sendTogether } from "../../support/worker/objects/room-object.ts";

test("[NC3] [NC4] 20 concurrent equal nonces over both transports make one message", async () => {
  const [ann, bob] = await createUsers("ann", "bob");
  const channel = await createChannelFor(ann!, [bob!]);
  const [socket, second, observer] = [
    await ann!.connect(channel),
    await ann!.connect(channel),
    await bob!.connect(channel),
  ];
  const body = { content: "once", nonce: "n" };
  const [acks, answers] = await Promise.all([
    Promise.all(
      [socket, second].flatMap((on) =>
        Array.from({ length: 5 }, () => on.sendCommand("messageCreate", body)),
      ),
    ),
    Promise.all(
      Array.from({ length: 10 }, () => ann!.call("POST", `/v1/channels/${channel}/messages`, body)),
    ),
  ]);
  const messages = [...acks.map((ack) => (ack as any).data.message), ...answers.map((answer) => answer.body)];
  for (const message of messages) expect(message).toEqual(messages[0]);
  const firsts = [
    ...acks.filter((ack) => !("deduplicated" in (ack as any).data)),
    ...answers.filter(({ status }) => status === 201),
  ];
  expect(firsts, "one of them made it").toHaveLength(1);
  for (const ack of acks) expect(ack).toMatchObject({ type: "ack", data: { nonce: "n" } });
  await bob!.call("POST", `/v1/channels/${channel}/messages`, { content: "the end" });
  await observer.waitForSeq(5);
  expect(observer.events.map(({ data }) => (data as any).message.content)).toEqual(["once", "the end"]);
  expect((await bob!.call("GET", `/v1/channels/${channel}/messages`)).body.items).toHaveLength(2);
});

test("[NC3] twenty equal nonces in one batch are one message and twenty acks", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const socket = await ann.connect(channel);
  await sendTogether(channel, [
    [ann, messageFrame("prime")],
    ...Array.from({ length: 20 }, (_, id) => [ann, messageFrame("once", "n", id)] as const),
  ]);
  await socket.waitFor((item) => item.type === "ack" && item.id === 19);
  const acks = socket.seen.filter((item): item is any => item.type === "ack" && item.id !== undefined);
  expect(acks.map(({ id, data: { deduplicated } }) => [id, deduplicated])).toEqual(
    Array.from({ length: 20 }, (_, id) => [id, id === 0 ? undefined : true]),
  );
  expect(new Set(acks.map(({ data }) => JSON.stringify(data.message))).size).toBe(1);
  expect(await roomLog(channel)).toHaveLength(4);
});

test("[NC1] a repeated nonce returns the current state, edited, deleted or evicted", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const at = `/v1/channels/${channel}/messages`;
  const socket = await ann.connect(channel);
  const body = { content: "first", nonce: "n" };
  const { body: message } = await ann.call("POST", at, body);
  await ann.call("PATCH", `${at}/${message.id}`, { content: "edited" });
  await evictRoom(channel);
  expect(await socket.sendCommand("messageCreate", body)).toMatchObject({
    data: {
      deduplicated: true,
      nonce: "n",
      message: { id: message.id, content: "edited", version: 2, rev: 4 },
    },
  });
  await ann.call("DELETE", `${at}/${message.id}`);
  const again = await ann.call("POST", at, body);
  expect([again.status, again.body]).toEqual([
    200,
    expect.objectContaining({ id: message.id, content: "", rev: 5 }),
  ]);
  expect(again.body).toEqual((await ann.call("GET", `${at}/${message.id}`)).body);
});

test("[NC1] a nonce belongs to its channel and author: others may use the same", async () => {
  const [ann, bob] = await createUsers("ann", "bob");
  const [one, two] = [await createChannelFor(ann!, [bob!]), await createChannelFor(ann!, [bob!])];
  const body = { content: "mine", nonce: "n" };
  const answers = [];
  for (const [who, channel] of [
    [ann, one],
    [bob, one],
    [ann, two],
    [bob, two],
  ] as const)
    answers.push(await who!.call("POST", `/v1/channels/${channel}/messages`, body));
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
  expect(new Set(answers.map(({ body: { id } }) => id)).size).toBe(4);
});

test("[NC1] without a nonce, equal messages are different ones", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const [a, b] = [
    await ann.call("POST", `/v1/channels/${channel}/messages`, { content: "x" }),
    await ann.call("POST", `/v1/channels/${channel}/messages`, { content: "x" }),
  ];
  expect([a.status, b.status, a.body.id === b.body.id]).toEqual([201, 201, false]);
});

test("[NC1] the nonce of a rejected command can be used again", async () => {
  const [ann, bob] = await createUsers("ann", "bob");
  const channel = await createChannelFor(ann!);
  const body = { content: "let me in", nonce: "n" };
  expect((await bob!.call("POST", `/v1/channels/${channel}/messages`, body)).status).toBe(403);
  await bob!.call("POST", `/v1/channels/${channel}/join`);
  expect((await bob!.call("POST", `/v1/channels/${channel}/messages`, body)).status).toBe(201);
});

test("[NC2] a reused nonce with another body is `nonce_reused` over both transports", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const socket = await ann.connect(channel);
  const at = `/v1/channels/${channel}/messages`;
  expect(await socket.sendCommand("messageCreate", { content: "one", nonce: "n" })).toMatchObject({
    type: "ack",
  });
  for (const content of ["two", "one ", "One", "öne", "o\u0301ne"]) {
    expect((await ann.call("POST", at, { content, nonce: "n" })).body).toMatchObject({
      status: 409,
      code: "nonce_reused",
    });
    expect(await socket.sendCommand("messageCreate", { content, nonce: "n" })).toMatchObject({
      type: "error",
      error: { code: "nonce_reused" },
    });
  }
  expect(await listEvents(channel, ann)).toHaveLength(3);
  expect(
    (await ann.call("POST", at, { nonce: "n", content: "one" })).status,
    "the order of fields does not matter",
  ).toBe(200);
});

test("[NC4] nonces are shared between socket and REST in both directions", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const socket = await ann.connect(channel);
  const at = `/v1/channels/${channel}/messages`;
  const ack = (await socket.sendCommand("messageCreate", { content: "s", nonce: "s" })) as any;
  const overRest = await ann.call("POST", at, { content: "s", nonce: "s" });
  expect([overRest.status, overRest.body]).toEqual([200, ack.data.message]);
  const { body: message } = await ann.call("POST", at, { content: "r", nonce: "r" });
  expect(await socket.sendCommand("messageCreate", { content: "r", nonce: "r" })).toMatchObject({
    data: { message, deduplicated: true },
  });
});

test("[NC5] a nonce is stored as a seq and a fixed-length hash, never as text", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  for (const content of ["tell nobody", "tell nobody".repeat(500)])
    await ann.call("POST", `/v1/channels/${channel}/messages`, { content, nonce: `n${content.length}` });
  const rows = await roomRows<{ author_id: string; nonce: string; seq: number; hash: string }>(
    channel,
    "SELECT * FROM nonces ORDER BY seq",
  );
  expect(rows).toEqual(
    [3, 4].map((seq) => ({
      author_id: ann.userId,
      nonce: expect.stringMatching(/^n\d+$/),
      seq,
      hash: expect.stringMatching(/^[\w-]{22}$/),
    })),
  );
  expect(JSON.stringify(rows)).not.toContain("tell");
  expect(rows[0]!.hash).not.toBe(rows[1]!.hash);
});

test("[NC1] a nonce is up to 64 characters of any Unicode, compared exactly", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const nonces = ["a", "A", "a ", "é", "e\u0301", "'; --", "%", "🙂".repeat(64), "\u{10ffff}", "__proto__"];
  const answers = [];
  for (const nonce of nonces)
    answers.push(await ann.call("POST", `/v1/channels/${channel}/messages`, { content: "x", nonce }));
  expect(answers.map(({ status }) => status)).toEqual(nonces.map(() => 201));
  for (const nonce of ["", "x".repeat(65), "\ud800", "a\0b", 7, null]) {
    expect(
      (await ann.call("POST", `/v1/channels/${channel}/messages`, { content: "x", nonce })).body.code,
      JSON.stringify(nonce),
    ).toBe("validation_failed");
  }
});
