import { afterEach, expect, test, vi } from "vitest";
import { requestUpgrade, type TestSocket } from "../../support/worker/clients/socket-client.ts";
import { pauseAttach } from "../../support/worker/fakes/object-methods.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame, sequenceFrom } from "../../support/worker/fixtures/frames.ts";
import { blockHub } from "../../support/worker/objects/hub-object.ts";
import {
  inRoom,
  roomLog,
  roomRows,
  roomStub,
  subscriberSockets,
} from "../../support/worker/objects/room-object.ts";

afterEach(() => vi.restoreAllMocks());

/** Commands of one socket that may wait for an outside call or behind one that does. */
const lineLength = 100;
/** Commands in progress that a room allows over both transports. */
const capacity = 10_000;

const join = ({ userId }: TestUser, id: string | number = "join") => ({
  id,
  type: "memberJoin",
  data: { userId },
});
const answered = (socket: TestSocket, id: string | number) =>
  socket.waitFor((item) => (item.type === "ack" || item.type === "error") && item.id === id);
/** Waits until the room has read everything that this socket sent. */
async function looked(socket: TestSocket): Promise<void> {
  socket.send({ type: "ping", id: "looked" });
  await socket.waitFor((item) => item.type === "pong" && item.id === "looked");
}
const contentsOf = async (channel: string): Promise<string[]> =>
  (await roomLog(channel)).flatMap(({ type, data }) =>
    type === "messageCreate" ? [JSON.parse(data).message.content] : [],
  );

test("[RM16] a socket's full queue is `unavailable` and affects no other socket", async () => {
  const [ann, bob, cat] = (await createUsers("ann", "bob", "cat")) as [TestUser, TestUser, TestUser];
  const channel = await createChannelFor(ann, [bob]);
  const [asAnn, asBob] = [await ann.connect(channel), await bob.connect(channel)];
  const release = await blockHub(cat.userId);
  asBob.send(join(cat));
  for (const n of sequenceFrom(1, lineLength + 50)) asBob.send(messageFrame(`bob ${n}`, undefined, n));
  await looked(asBob);
  expect((await ann.call("POST", `/v1/channels/${channel}/messages`, { content: "REST" })).status).toBe(201);
  expect((await asAnn.sendCommand("messageCreate", { content: "socket" })).type).toBe("ack");
  expect((await bob.call("POST", `/v1/channels/${channel}/messages`, { content: "bob's" })).status).toBe(201);
  const dan = await createUser("dan");
  expect((await ann.call("POST", `/v1/channels/${channel}/members`, { userId: dan.userId })).status).toBe(
    201,
  );
  expect((await asAnn.sendCommand("memberJoin", { userId: dan.userId })).type).toBe("ack");
  expect(await contentsOf(channel), "and all that while bob's line stands").toEqual([
    "REST",
    "socket",
    "bob's",
  ]);
  for (const n of sequenceFrom(lineLength, 51))
    expect(await answered(asBob, n)).toMatchObject({ type: "error", error: { code: "unavailable" } });
  release();
  for (const n of ["join", ...sequenceFrom(1, lineLength - 1)])
    expect((await answered(asBob, n)).type).toBe("ack");
  expect((await contentsOf(channel)).slice(3), "what was taken, in order").toEqual(
    sequenceFrom(1, lineLength - 1).map((n) => `bob ${n}`),
  );
  expect((await asBob.sendCommand("messageCreate", { content: "free again" })).type).toBe("ack");
});

test("[RM16] ten thousand slow commands of one socket reject no other socket's", async () => {
  const [ann, bob, cat] = (await createUsers("ann", "bob", "cat")) as [TestUser, TestUser, TestUser];
  const channel = await createChannelFor(ann, [bob]);
  await bob.connect(channel);
  const asAnn = await ann.connect(channel);
  const release = await blockHub(cat.userId);
  await inRoom(channel, (room, state) => {
    const ws = subscriberSockets(state).find((each) => each.deserializeAttachment().userId === bob.userId)!;
    const frame = JSON.stringify(join(cat));
    for (let n = 0; n < capacity; n++) room.webSocketMessage(ws, frame);
  });
  expect((await ann.call("POST", `/v1/channels/${channel}/messages`, { content: "REST" })).status).toBe(201);
  expect((await asAnn.sendCommand("memberJoin", { userId: bob.userId })).type).toBe("ack");
  release();
});

test("[AC4] [RM10] queued commands of an ended session are not executed", async () => {
  const [ann, bob, cat] = (await createUsers("ann", "bob", "cat")) as [TestUser, TestUser, TestUser];
  const channel = await createChannelFor(ann, [bob]);
  const [asAnn, asBob] = [await ann.connect(channel), await bob.connect(channel)];
  const release = await blockHub(cat.userId);
  asBob.send(join(cat));
  asBob.send(messageFrame("said after logout", undefined, "said"));
  asBob.send({ id: "leave", type: "memberLeave", data: {} });
  await looked(asBob);
  const actor = { userId: bob.userId, sessionId: bob.sessionId, role: "member" as const };
  const overRest = inRoom(channel, (room) =>
    room.execute(actor, { type: "memberJoin", data: { userId: cat.userId } }),
  );
  await looked(asBob);
  expect((await bob.call("POST", "/v1/auth/logout")).status).toBe(204);
  expect((await asBob.closed).code).toBe(4401);
  // Sent after Bob's commands, so answered after them.
  const added = asAnn.sendCommand("memberJoin", { userId: cat.userId });
  release();
  expect((await added).type).toBe("ack");
  expect(await overRest).toMatchObject({ problem: { code: "unauthenticated" } });
  expect((await asAnn.sendCommand("messageCreate", { content: "the next" })).type).toBe("ack");
  const log = await roomLog(channel);
  expect(log.slice(3).map(({ type }) => type)).toEqual(["memberJoin", "messageCreate"]);
  expect(await roomRows(channel, "SELECT actor_id FROM log WHERE seq = 4")).toEqual([
    { actor_id: ann.userId },
  ]);
});

test("[AC9] a queued command is authorized by its sender's role at execution", async () => {
  const [ann, cat] = (await createUsers("ann", "cat")) as [TestUser, TestUser];
  const admin = await createUser("admin", { role: "admin" });
  const channel = await createChannelFor(ann);
  const asAdmin = await admin.connect(channel);
  const release = await blockHub(cat.userId);
  asAdmin.send(join(cat));
  asAdmin.send({ id: "topic", type: "channelUpdate", data: { topic: "still an admin" } });
  await looked(asAdmin);
  await roomStub(channel).setFacts({
    userId: admin.userId,
    username: admin.username,
    role: "member",
    active: true,
    rev: 2,
  });
  release();
  expect(await answered(asAdmin, "topic")).toMatchObject({ type: "error", error: { code: "forbidden" } });
});

for (const [what, facts] of [
  ["lost the role of an admin", { role: "member" as const, active: true }],
  ["was suspended", { role: "admin" as const, active: false }],
] as const)
  test(`[AC9] a user who ${what} while connecting has their current rights`, async () => {
    const [ann, admin] = [await createUser("ann"), await createUser("admin", { role: "admin" })];
    const channel = await createChannelFor(ann);
    const hold = pauseAttach();
    const connecting = requestUpgrade(`/v1/channels/${channel}/realtime`, admin.token);
    await hold.reached();
    await roomStub(channel).setFacts({ userId: admin.userId, username: admin.username, ...facts, rev: 2 });
    hold.release();
    const { status, webSocket } = await connecting;
    expect(status).toBe(facts.active ? 101 : 401);
    if (!webSocket) return;
    const answered = new Promise<string>((resolve) =>
      webSocket.addEventListener(
        "message",
        ({ data }) => String(data).includes('"id":"x"') && resolve(data as string),
      ),
    );
    webSocket.accept();
    webSocket.send(JSON.stringify({ id: "x", type: "channelUpdate", data: { topic: "still an admin" } }));
    expect(await answered).toContain('"code":"forbidden"');
  });
