import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { configOf } from "../../../src/config.ts";
import { newId } from "../../../src/lib/ids.ts";
import { deriveRefreshToken } from "../../../src/features/auth/index.ts";
import { getMe, refreshToken as refresh } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { createSession, createUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { evictHub, hubRows, hubTables } from "../../support/worker/objects/hub-object.ts";

afterEach(() => void vi.useRealTimers());

const refreshOnce = async (refreshToken: string) =>
  (await expectOk(refresh, { body: { refreshToken } })).tokens;
const isRejected = async (refreshToken: string) =>
  expect(await expectRejected(refresh, { body: { refreshToken } })).toMatchObject({
    code: "unauthenticated",
  });

describe("refreshToken", () => {
  test("exchanges a token for a new pair, with no-store", async () => {
    const ann = await createUser("ann");
    const { status, body, headers } = await callEndpoint(refresh, {
      body: { refreshToken: ann.refreshToken },
    });
    expect(status).toBe(200);
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(body.tokens.refreshToken).not.toBe(ann.refreshToken);
    expect(await expectOk(getMe, { as: { token: body.tokens.accessToken } })).toMatchObject({
      id: ann.userId,
    });
  });

  test("can be repeated token by token, also after the hub's eviction", async () => {
    const ann = await createUser("ann");
    const seen = new Set([ann.refreshToken]);
    let token = ann.refreshToken;
    for (let round = 0; round < 5; round++) {
      if (round % 2) await evictHub(ann.userId);
      token = (await refreshOnce(token)).refreshToken;
      seen.add(token);
    }
    expect(seen.size).toBe(6);
    expect(await hubRows(ann.userId, "sessions")).toMatchObject([{ generation: 5 }]);
  });

  test("[AC3] returns the same successor to twenty concurrent requests", async () => {
    const ann = await createUser("ann");
    const all = await Promise.all(Array.from({ length: 20 }, () => refreshOnce(ann.refreshToken)));
    expect(new Set(all.map(({ refreshToken }) => refreshToken)).size).toBe(1);
    expect(await hubRows(ann.userId, "sessions")).toMatchObject([{ generation: 1 }]);
  });

  test("[AC3] returns the same successor until that is used, despite evictions", async () => {
    const ann = await createUser("ann");
    const first = await refreshOnce(ann.refreshToken);
    await evictHub(ann.userId);
    advanceClock(3_600_000);
    expect((await refreshOnce(ann.refreshToken)).refreshToken).toBe(first.refreshToken);
    await evictHub(ann.userId);
    await expectOk(getMe, { as: { token: (await refreshOnce(ann.refreshToken)).accessToken } });
    await evictHub(ann.userId);
    advanceClock(9_500);
    expect((await refreshOnce(ann.refreshToken)).refreshToken).toBe(first.refreshToken);
    expect((await refreshOnce(first.refreshToken)).refreshToken).not.toBe(first.refreshToken);
  });

  test("[AC3] reuse 10 s after the successor's first use ends session and sockets", async () => {
    const ann = await createUser("ann");
    const other = await createSession(ann);
    const channelId = await createChannelFor(ann);
    const [socket, otherSocket] = [await ann.connect(channelId), await other.connect(channelId)];
    const successor = await refreshOnce(ann.refreshToken);
    await expectOk(getMe, { as: { token: successor.accessToken } });
    advanceClock(10_500);
    await isRejected(ann.refreshToken);
    expect(await socket.closed).toMatchObject({ code: 4401 });
    await isRejected(successor.refreshToken);
    expect(await expectRejected(getMe, { as: { token: successor.accessToken } })).toMatchObject({
      code: "unauthenticated",
    });
    expect(await expectOk(getMe, { as: other })).toMatchObject({ id: ann.userId });
    expect(otherSocket.ws.readyState).toBe(WebSocket.OPEN);
    otherSocket.close();
  });

  test("[AC3] a request with an older access token proves no receipt", async () => {
    const ann = await createUser("ann");
    const first = await refreshOnce(ann.refreshToken);
    await expectOk(getMe, { as: ann });
    advanceClock(60_000);
    expect((await refreshOnce(ann.refreshToken)).refreshToken).toBe(first.refreshToken);
  });

  test("[AC3] a socket opened with the new access token proves its receipt", async () => {
    const ann = await createUser("ann");
    const { accessToken } = await refreshOnce(ann.refreshToken);
    const socket = await connectGateway({ token: accessToken });
    socket.close();
    advanceClock(10_500);
    await isRejected(ann.refreshToken);
  });

  test("[AC3] tabs that refresh in parallel arrive at the same token", async () => {
    const ann = await createUser("ann");
    const second = (await refreshOnce((await refreshOnce(ann.refreshToken)).refreshToken)).refreshToken;
    const first = (await refreshOnce(ann.refreshToken)).refreshToken;
    expect((await refreshOnce(first)).refreshToken).toBe(second);
  });

  test("[AC3] a token two generations old ends the session", async () => {
    const ann = await createUser("ann");
    const { refreshToken } = await refreshOnce((await refreshOnce(ann.refreshToken)).refreshToken);
    advanceClock(10_500);
    await isRejected(ann.refreshToken);
    await isRejected(refreshToken);
  });

  test("[AC3] a forged token ends nothing", async () => {
    const [ann, bob] = [await createUser("ann"), await createUser("bob")];
    const { refreshToken } = await refreshOnce(ann.refreshToken);
    const [userId, sessionId, , mac, tag] = refreshToken.split(".") as [
      string,
      string,
      string,
      string,
      string,
    ];
    const key = configOf(env).REFRESH_TOKEN_KEY;
    const forged = [
      `${userId}.${sessionId}.0.${mac}.${tag}`,
      `${userId}.${sessionId}.2.${mac}.${tag}`,
      `${userId}.${sessionId}.01.${mac}.${tag}`,
      `${bob.userId}.${sessionId}.1.${mac}.${tag}`,
      `${userId}.${bob.sessionId}.1.${mac}.${tag}`,
      `${newId("usr")}.${sessionId}.1.${mac}.${tag}`,
      `${userId}.${sessionId}.1.${mac.slice(0, -1)}${mac.endsWith("A") ? "B" : "A"}.${tag}`,
      `${userId}.${sessionId}.1.${mac}.${tag}.`,
      `${userId}.${sessionId}.1`,
      `${userId}.${sessionId}.1.${mac}`,
      deriveRefreshToken(key, { userId, sessionId, generation: 0 }, ""),
      deriveRefreshToken(`${key.slice(0, -1)}A`, { userId, sessionId, generation: 1 }, ""),
      ann.token,
      "x",
    ];
    for (const token of forged) await isRejected(token);
    expect((await refreshOnce(refreshToken)).refreshToken).toBeTruthy();
  });

  test("creates nothing for a user who does not exist", async () => {
    const claims = { userId: newId("usr"), sessionId: newId("ses"), generation: 0 };
    await isRejected(deriveRefreshToken(configOf(env).REFRESH_TOKEN_KEY, claims, "salt"));
    expect(await hubTables(claims.userId)).toEqual([]);
  });

  test.each([
    {},
    { refreshToken: "" },
    { refreshToken: 7 },
    { refreshToken: "x".repeat(513) },
    { refreshToken: "x", more: 1 },
  ])("rejects the body %j", async (body) => {
    expect(await expectRejected(refresh, { body })).toMatchObject({ code: "validation_failed" });
  });
});
