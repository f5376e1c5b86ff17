import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, describe, expect, test, vi } from "vitest";
import { configOf } from "../../../src/config.ts";
import { newId } from "../../../src/lib/ids.ts";
import { accountDatabase, users } from "../../../src/db/index.ts";
import { readAccount } from "../../../src/features/users/index.ts";
import { changePassword, endAllSessions, getStatus, logout, Problem } from "../../../src/protocol/index.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { connectHub, requestHubSocket } from "../../support/worker/clients/object-sockets.ts";
import { userEventsOf } from "../../support/worker/clients/received-events.ts";
import { createSession, createUser, testPassword } from "../../support/worker/fixtures/accounts.ts";
import { createNotice, sendNotices } from "../../support/worker/fixtures/notices.ts";
import {
  evictHub,
  hubLog,
  hubStub,
  hubTables,
  runHubAlarmAfter,
  setHubConfig,
} from "../../support/worker/objects/hub-object.ts";

const config = configOf(env);
afterEach(() => void vi.useRealTimers());

describe("a gateway's socket to a hub", () => {
  test("receives `hello` with user, permissions and log position", async () => {
    const ann = await createUser("ann");
    const response = await requestHubSocket(ann);
    expect([response.status, response.headers.get("Sec-WebSocket-Protocol")]).toEqual([101, "parley.v1"]);
    const socket = await connectHub(ann);
    expect(socket.seen).toEqual([
      {
        type: "hello",
        data: {
          userId: ann.userId,
          sessionId: ann.sessionId,
          heartbeatMs: config.HEARTBEAT_MS,
          limits: {
            frameBytes: 65_536,
            contentLength: 8_000,
            replayEvents: 1_000,
            confirmEveryBytes: 262_144,
            commandsPerSecond: config.SOCKET_COMMANDS_PER_SECOND,
            commandsBurst: config.SOCKET_COMMANDS_BURST,
            channels: config.GATEWAY_CHANNELS,
          },
          seq: 0,
          epoch: expect.any(String),
        },
      },
    ]);
  });

  test("[RM13] is rejected with a problem without a live session, and stores nothing", async () => {
    const ann = await createUser("ann");
    await expectOk(logout, { as: ann });
    const noUser = { userId: newId("usr"), sessionId: newId("ses") };
    for (const who of [ann, { ...ann, sessionId: newId("ses") }, noUser]) {
      const response = await requestHubSocket(who);
      expect(response.status).toBe(401);
      expect(Problem.parse(await response.json())).toMatchObject({
        code: "unauthenticated",
        requestId: "req_test",
      });
    }
    expect(await hubTables(noUser.userId)).toEqual([]);
  });

  test("[LM3] is limited in number: one above is rejected until one closes", async () => {
    const ann = await createUser("ann");
    await setHubConfig(ann.userId, { USER_SOCKETS: 3 });
    const sockets = [
      await connectHub(ann),
      await connectHub(await createSession(ann)),
      await connectHub(ann),
    ];
    await evictHub(ann.userId);
    const response = await requestHubSocket(ann);
    expect([response.status, response.headers.get("Retry-After")]).toEqual([429, "5"]);
    expect(Problem.parse(await response.json())).toMatchObject({ code: "rate_limited" });
    sockets[1]!.close();
    await sockets[1]!.closed;
    (await connectHub(ann)).close();
    expect((await requestHubSocket(await createUser("bob"))).status).toBe(101);
  });

  test("accepts `seen`, answers `ping`, and rejects channel frames with an `error`", async () => {
    const ann = await createUser("ann");
    const socket = await connectHub(ann);
    socket.send({ id: 1, type: "seen", data: { bytes: 10 } });
    socket.send({ id: 2, type: "ping" });
    socket.send({ id: 3, type: "messageCreate", channelId: newId("chn"), data: { content: "x" } });
    socket.send({ id: 4, type: "subscribe", channelId: newId("chn") });
    socket.send("{");
    socket.send({ id: 5, type: "statusUpdate", data: { presence: "offline" } });
    socket.send({
      id: 6,
      type: "statusUpdate",
      data: { presence: "dnd", custom: { emoji: "no" }, idle: true },
    });
    socket.send({ id: 7, type: "ping" });
    await socket.waitFor((item) => item.type === "pong" && item.id === 7);
    expect(socket.seen.slice(1).map((item) => [item.type, "id" in item ? item.id : undefined])).toEqual([
      ["pong", 2],
      ["error", 3],
      ["error", 4],
      ["error", undefined],
      ["error", 5],
      ["error", 6],
      ["pong", 7],
    ]);
    for (const item of socket.seen)
      if (item.type === "error") expect(item.error.code).toBe("validation_failed");
    expect(await expectOk(getStatus, { as: ann })).toEqual({ presence: "auto", custom: null });
  });

  test("that reads nothing is closed with 4408 and can resume everything", async () => {
    const ann = await createUser("ann");
    const [slow, other] = [await connectHub(ann), await connectHub(ann)];
    const member = { userId: ann.userId, role: "member" as const, joinedAt: new Date(0).toISOString() };
    const own = {
      type: "memberJoin" as const,
      data: { channelId: newId("chn"), member, filler: "x".repeat(300_000) },
    };
    for (let seq = 1; seq <= 30; seq++) {
      await sendNotices(ann.userId, own.data.channelId, createNotice(seq, { kind: null, own }));
      other.send({ type: "seen", data: { bytes: 400_000 } });
    }
    expect(await slow.closed).toMatchObject({ code: 4408 });
    await other.waitForSeq(30);
    expect(userEventsOf(other)).toHaveLength(30);
    expect(await hubLog(ann.userId)).toHaveLength(30);
  });
});

describe("[GW9] the end of a session closes its sockets with 4401, and no other", () => {
  const suspend = async (userId: string): Promise<void> => {
    const facts = (await readAccount(env, userId))!;
    await hubStub(userId).applyAccount({ ...facts, rev: facts.rev + 1, active: false });
  };

  test.each([true, false])("by its user, hibernated: %s", async (hibernated) => {
    const ann = await createUser("ann");
    const [other, bob] = [await createSession(ann), await createUser("bob")];
    const mine = [await connectHub(ann), await connectHub(ann)];
    const theirs = [await connectHub(other), await connectHub(bob)];
    if (hibernated) await evictHub(ann.userId);
    await expectOk(logout, { as: ann });
    for (const socket of mine) expect(await socket.closed).toMatchObject({ code: 4401 });
    for (const socket of theirs) expect(socket.ws.readyState).toBe(WebSocket.OPEN);
    await expectOk(endAllSessions, { as: other });
    expect(await theirs[0]!.closed).toMatchObject({ code: 4401 });
  });

  test("by a new password, except the session that set it", async () => {
    const ann = await createUser("ann");
    const [mine, other] = [await connectHub(ann), await connectHub(await createSession(ann))];
    await evictHub(ann.userId);
    await expectOk(changePassword, {
      as: ann,
      body: { currentPassword: testPassword, newPassword: "another battery" },
    });
    expect(await other.closed).toMatchObject({ code: 4401 });
    expect(mine.ws.readyState).toBe(WebSocket.OPEN);
  });

  test("by a suspension, also one found by an alarm", async () => {
    const [ann, bob] = [await createUser("ann"), await createUser("bob")];
    const sockets = [await connectHub(ann), await connectHub(bob)];
    await Promise.all([evictHub(ann.userId), evictHub(bob.userId)]);
    await suspend(ann.userId);
    expect(await sockets[0]!.closed).toMatchObject({ code: 4401 });
    await hubStub(bob.userId).announceAccountChange();
    await accountDatabase(env).update(users).set({ active: false, rev: 2 }).where(eq(users.id, bob.userId));
    await runHubAlarmAfter(bob.userId, 6_000);
    expect(await sockets[1]!.closed).toMatchObject({ code: 4401 });
  });

  test("by its age", async () => {
    const ann = await createUser("ann");
    const socket = await connectHub(ann);
    await evictHub(ann.userId);
    await runHubAlarmAfter(ann.userId, config.SESSION_IDLE_MS + 1_000);
    expect(await socket.closed).toMatchObject({ code: 4401 });
  });
});
