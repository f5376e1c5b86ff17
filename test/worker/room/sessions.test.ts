import { afterEach, expect, test } from "vitest";
import { SimulatedCrash, onFailpoint } from "../../../src/lib/failpoint.ts";
import { withoutSignals } from "../../support/worker/clients/received-events.ts";
import { requestUpgrade, TestSocket } from "../../support/worker/clients/socket-client.ts";
import { pauseAttach } from "../../support/worker/fakes/object-methods.ts";
import { createSession, createUser, createUsers } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame } from "../../support/worker/fixtures/frames.ts";
import { evictHub } from "../../support/worker/objects/hub-object.ts";
import { evictRoom, roomStub, sendTogether } from "../../support/worker/objects/room-object.ts";
import { loadAllowanceMs } from "../../support/load-allowance.ts";

afterEach(() => onFailpoint(undefined));

const contents = (socket: TestSocket) => socket.events.map(({ data }: any) => data.message?.content);

for (const state of ["awake", "hibernated"] as const) {
  test(`[RM10] the end of a session closes only its sockets within 2 s (${state})`, async () => {
    const [ann, bob] = await createUsers("ann", "bob");
    const channel = await createChannelFor(ann!, [bob!]);
    const phone = await createSession(ann!);
    const [laptop, mobile, asBob] = [
      await ann!.connect(channel),
      await phone.connect(channel),
      await bob!.connect(channel),
    ];
    await bob!.call("POST", `/v1/channels/${channel}/messages`, { content: "before" });
    if (state === "hibernated") await Promise.all([evictRoom(channel), evictHub(ann!.userId)]);
    const startedAt = Date.now();
    expect((await ann!.call("POST", "/v1/auth/logout")).status).toBe(204);
    expect((await laptop.closed).code).toBe(4401);
    expect(Date.now() - startedAt).toBeLessThan(2_000 + loadAllowanceMs);
    await bob!.call("POST", `/v1/channels/${channel}/messages`, { content: "after" });
    await Promise.all([mobile.waitForSeq(5), asBob.waitForSeq(5)]);
    expect([contents(laptop), contents(mobile), contents(asBob)]).toEqual([
      ["before"],
      ["before", "after"],
      ["before", "after"],
    ]);
    expect(await mobile.sendCommand("messageCreate", { content: "I am still ann" })).toMatchObject({
      type: "ack",
      data: { message: { authorId: ann!.userId } },
    });
  });

  test(`[RM10] sockets close within 2 s though the hub crashes after the end (${state})`, async () => {
    const ann = await createUser("ann");
    const channel = await createChannelFor(ann);
    const socket = await ann.connect(channel);
    if (state === "hibernated") await evictRoom(channel);
    onFailpoint((point) => {
      if (point !== "hub:after-end") return;
      onFailpoint(undefined);
      throw new SimulatedCrash(point);
    });
    const startedAt = Date.now();
    expect((await ann.call("POST", "/v1/auth/logout")).status).toBe(500);
    await evictHub(ann.userId);
    expect((await socket.closed).code).toBe(4401);
    expect(Date.now() - startedAt).toBeLessThanOrEqual(2_000 + loadAllowanceMs);
  });
}

test("[RM10] a hub crash before the commit ends nothing; a repeat does", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const socket = await ann.connect(channel);
  onFailpoint((point) => {
    if (point !== "hub:before-end") return;
    onFailpoint(undefined);
    throw new SimulatedCrash(point);
  });
  expect((await ann.call("POST", "/v1/auth/logout")).status).toBe(500);
  await evictHub(ann.userId);
  expect((await socket.sendCommand("messageCreate", { content: "alive" })).type).toBe("ack");
  expect((await ann.call("POST", "/v1/auth/logout")).status).toBe(204);
  expect((await socket.closed).code).toBe(4401);
});

test("[RM10] a session that ends while its socket connects keeps no socket", async () => {
  const kinds = new Set<number>();
  for (let round = 0; round < 20; round++) {
    const ann = await createUser("ann");
    const channel = await createChannelFor(ann);
    const logOut = async () => {
      for (let tick = 0; tick < round * 3; tick++) await Promise.resolve();
      return ann.call("POST", "/v1/auth/logout");
    };
    const [response, end] = await Promise.all([
      requestUpgrade(`/v1/channels/${channel}/realtime`, ann.token),
      logOut(),
    ]);
    expect(end.status).toBe(204);
    kinds.add(response.status);
    if (response.webSocket) expect((await new TestSocket(response.webSocket).closed).code).toBe(4401);
    else expect(response.status).toBe(401);
    expect((await requestUpgrade(`/v1/channels/${channel}/realtime`, ann.token)).status).toBe(401);
  }
  console.log(`answers: ${[...kinds].join(", ")}`);
});

test("[RM10] an ended session rejects its connecting socket, even when attached before", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const phone = await createSession(ann);
  await roomStub(channel).closeSession(ann.sessionId);
  const response = await requestUpgrade(`/v1/channels/${channel}/realtime`, ann.token);
  expect([response.status, ((await response.json()) as any).code]).toEqual([401, "unauthenticated"]);
  expect(
    (await (await phone.connect(channel)).sendCommand("messageCreate", { content: "another session" })).type,
  ).toBe("ack");
});

test("[RM10] events before the session's end are sent, later commands not executed", async () => {
  const [ann, bob] = await createUsers("ann", "bob");
  const channel = await createChannelFor(ann!, [bob!]);
  const [asAnn, asBob] = [await ann!.connect(channel), await bob!.connect(channel)];
  await sendTogether(channel, [[ann!, messageFrame("one", "1", 1)]]);
  await roomStub(channel).closeSession(ann!.sessionId);
  expect((await asAnn.closed).code).toBe(4401);
  expect(
    withoutSignals(asAnn)
      .slice(2)
      .map(({ type }) => type),
  ).toEqual(["ack", "messageCreate"]);
  await asBob.sendCommand("messageCreate", { content: "two" });
  await asBob.waitForSeq(5);
  expect(contents(asBob)).toEqual(["one", "two"]);
});

test("[RM10] a session ending between hub and room check gets no socket", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const { reached, release } = pauseAttach();
  const connecting = requestUpgrade(`/v1/channels/${channel}/realtime`, ann.token);
  await reached();
  expect((await ann.call("POST", "/v1/auth/logout")).status).toBe(204);
  release();
  expect((await connecting).status).toBe(401);
});
