import { afterEach, expect, test, vi } from "vitest";
import { connectRoom } from "../../support/worker/clients/object-sockets.ts";
import { signalsOf } from "../../support/worker/clients/received-events.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { createSession, createUsers } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { evictRoom } from "../../support/worker/objects/room-object.ts";
import { loadAllowanceMs } from "../../support/load-allowance.ts";

afterEach(() => void vi.restoreAllMocks());

const subscribed = (socket: TestSocket): any => socket.seen.find(({ type }) => type === "subscribed");

for (const state of ["awake", "hibernated"] as const)
  test(`[PS1] a connecting user is sent once, within 1 s, to the others only (${state})`, async () => {
    const [ann, bob] = await createUsers("ann", "bob");
    const channelId = await createChannelFor(ann!, [bob!]);
    const asAnn = await ann!.connect(channelId);
    if (state === "hibernated") await evictRoom(channelId);
    const beganMs = Date.now();
    const asBob = await bob!.connect(channelId);
    expect(await asAnn.next("userOnline")).toEqual({
      type: "userOnline",
      channelId,
      data: { userId: bob!.userId },
    });
    expect(Date.now() - beganMs).toBeLessThan(1_000 + loadAllowanceMs);
    expect(subscribed(asBob).data).toMatchObject({ onlineCount: 2, statuses: [] });
    expect(subscribed(asBob).data.online.toSorted()).toEqual([ann!.userId, bob!.userId].toSorted());
    const phone = await createSession(bob!);
    const [further, inner] = [await phone.connect(channelId), await connectRoom(channelId, phone)];
    expect(subscribed(inner).data).toEqual(subscribed(further).data);
    await ann!.call("POST", `/v1/channels/${channelId}/messages`, { content: "hello" });
    await Promise.all([asAnn, asBob, further, inner].map((socket) => socket.waitForSeq(4)));
    if (state === "hibernated") await evictRoom(channelId);
    expect(signalsOf(asAnn)).toHaveLength(1);
    for (const socket of [asBob, further, inner]) expect(signalsOf(socket)).toEqual([]);
  });
