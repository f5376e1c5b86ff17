import { evictDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { endAllSessions, logout } from "../../../src/protocol/index.ts";
import { ChannelRoom } from "../../../src/channel-object/index.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import { createSession, createUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { evictHub, hubRows, hubStub, runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";
import { roomStub } from "../../support/worker/objects/room-object.ts";
import { loadAllowanceMs } from "../../support/load-allowance.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  onFailpoint(undefined);
});

/** Makes `closeSession` of all rooms fail until `restoreAllMocks`. */
const rejectCloseSession = () =>
  vi.spyOn(ChannelRoom.prototype, "closeSession").mockRejectedValue(new Error("unreachable"));

describe("ending a session", () => {
  test("[RM10] closes only its sockets, in every room, before the response", async () => {
    const ann = await createUser("ann");
    const [other, bob] = [await createSession(ann), await createUser("bob")];
    const channels = [
      await createChannelFor(ann, [bob]),
      await createChannelFor(ann),
      await createChannelFor(ann),
    ];
    const mine = await Promise.all(channels.map((channelId) => ann.connect(channelId)));
    const theirs = [await other.connect(channels[0]!), await bob.connect(channels[0]!)];
    await expectOk(logout, { as: ann });
    for (const socket of mine) expect(await socket.closed).toMatchObject({ code: 4401 });
    for (const socket of theirs) expect(socket.ws.readyState).toBe(WebSocket.OPEN);
    expect(await hubRows(ann.userId, "room_calls")).toEqual([]);
    for (const socket of theirs) socket.close();
  });

  test("[RM10] closes hibernated sockets as well", async () => {
    const ann = await createUser("ann");
    const channelId = await createChannelFor(ann);
    const socket = await ann.connect(channelId);
    await evictDurableObject(roomStub(channelId), { webSockets: "hibernate" });
    await evictHub(ann.userId);
    await expectOk(logout, { as: ann });
    expect(await socket.closed).toMatchObject({ code: 4401 });
  });

  test("[RM10] succeeds while a room is unreachable; an alarm retries the room", async () => {
    const ann = await createUser("ann");
    const channelId = await createChannelFor(ann);
    const socket = await ann.connect(channelId);
    const rejection = rejectCloseSession();
    await expectOk(logout, { as: ann });
    for (let attempt = 2; attempt <= 9; attempt++) {
      expect(await hubRows(ann.userId, "room_calls")).toMatchObject([
        { kind: "close", channel_id: channelId, session_id: ann.sessionId, attempts: attempt - 1 },
      ]);
      if (attempt % 2) await evictHub(ann.userId);
      expect(await runHubAlarmAfter(ann.userId, 61_000)).toBe(true);
    }
    rejection.mockRestore();
    expect(await runHubAlarmAfter(ann.userId, 61_000)).toBe(true);
    expect(await socket.closed).toMatchObject({ code: 4401 });
    expect(await hubRows(ann.userId, "room_calls")).toEqual([]);
  });

  test("does not wait long for a room that does not respond", async () => {
    const ann = await createUser("ann");
    await ann.connect(await createChannelFor(ann));
    let speak = (): void => {};
    vi.spyOn(ChannelRoom.prototype, "closeSession").mockReturnValue(
      new Promise((resolve) => (speak = resolve)),
    );
    const startedAt = Date.now();
    await expectOk(endAllSessions, { as: ann });
    expect(Date.now() - startedAt).toBeLessThan(5_000 + loadAllowanceMs);
    speak();
  });

  test("has no effect if the hub crashes before the commit", async () => {
    const ann = await createUser("ann");
    const socket = await ann.connect(await createChannelFor(ann));
    crashOnceAt("hub:before-end");
    expect((await callEndpoint(logout, { as: ann })).status).toBe(500);
    await evictHub(ann.userId);
    expect(socket.ws.readyState).toBe(WebSocket.OPEN);
    await expectOk(logout, { as: ann });
    expect(await socket.closed).toMatchObject({ code: 4401 });
  });

  test("[RM10] continues by alarm if the hub crashes after the commit", async () => {
    const ann = await createUser("ann");
    const socket = await ann.connect(await createChannelFor(ann));
    crashOnceAt("hub:after-end");
    expect((await callEndpoint(logout, { as: ann })).status).toBe(500);
    await evictHub(ann.userId);
    expect((await hubStub(ann.userId).checkSession(ann.sessionId)).ok).toBe(false);
    expect(await runHubAlarmAfter(ann.userId, 2_000)).toBe(true);
    expect(await socket.closed).toMatchObject({ code: 4401 });
  });

  test("does not admit a socket that was requested before and would open after", async () => {
    const ann = await createUser("ann");
    const channelId = await createChannelFor(ann);
    const answers = await Promise.allSettled([
      ann.connect(channelId),
      expectOk(logout, { as: ann }),
      ann.connect(channelId),
    ]);
    for (const answer of answers) {
      if (answer.status === "rejected") expect(String(answer.reason)).toContain("401");
      else if (answer.value) expect(await answer.value.closed).toMatchObject({ code: 4401 });
    }
    await expect(ann.connect(channelId)).rejects.toThrow("401");
  });
});
