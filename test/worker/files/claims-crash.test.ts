import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Failpoint, onFailpoint } from "../../../src/lib/failpoint.ts";
import { unwrap } from "../../../src/rpc/rpc-result.ts";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import { createMessage } from "../../../src/protocol/index.ts";
import { ChannelRoom } from "../../../src/channel-object/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import {
  createStoredFile,
  fileStates,
  storedFileTotals,
} from "../../support/worker/fixtures/stored-files.ts";
import { hubStub, runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";

let ann: TestUser;
let channelId: string;
beforeEach(async () => {
  ann = await createUser("ann");
  channelId = await createChannelFor(ann);
});
afterEach(() => {
  onFailpoint(undefined);
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const send = (fileId: string, nonce?: string) => ({
  as: ann,
  params: { channelId },
  body: { content: "", fileIds: [fileId], ...(nonce && { nonce }) },
});
const stateOf = async (fileId: string) => (await fileStates(ann))[fileId];

/** Sends a message and crashes at the failpoint. */
async function crashWhileSending(point: Failpoint, fileId: string, nonce?: string): Promise<void> {
  const lost = callEndpoint(createMessage, send(fileId, nonce)).catch(() => undefined);
  await crashAt(point);
  await lost;
}

/** Advances the clock and lets the hub settle the claim. */
async function settleClaims(fileId: string, state: string): Promise<void> {
  await eventually(async () => {
    await runHubAlarmAfter(ann.userId, 10_001);
    return (await stateOf(fileId)) === state;
  }, `${fileId} ${state}`);
}

const countMessagesWith = async (fileId: string): Promise<number> =>
  (await listEvents(channelId, ann)).filter(
    ({ type, data }) => type === "messageCreate" && data.message.files.some(({ id }) => id === fileId),
  ).length;

for (const point of ["hub:after-claim", "room:after-claim", "room:before-commit"] as const) {
  test(`[FL8] a send that crashes at ${point} releases its file`, async () => {
    const { id } = await createStoredFile(ann);
    await crashWhileSending(point, id);
    expect(await stateOf(id)).toBe("claimed");
    expect((await expectRejected(createMessage, send(id))).code, "the hub is behind").toBe("conflict");
    await settleClaims(id, "ready");
    await expectOk(createMessage, send(id));
    expect(await countMessagesWith(id)).toBe(1);
  });
}

for (const point of [
  "hub:after-claim",
  "room:after-claim",
  "room:before-commit",
  "room:after-commit",
  "room:after-ack",
] as const) {
  test(`[FL8] a send that crashes at ${point} and is retried makes one message`, async () => {
    const { id } = await createStoredFile(ann);
    await crashWhileSending(point, id, "n");
    expect((await expectOk(createMessage, send(id, "n"))).files).toMatchObject([{ id }]);
    expect(await countMessagesWith(id)).toBe(1);
    await settleClaims(id, "carried");
    expect((await callEndpoint(createMessage, send(id, "n"))).status).toBe(200);
  });
}

test("[FL8] a hub that crashes while it settles a claim settles it again", async () => {
  const { id } = await createStoredFile(ann);
  await expectOk(createMessage, send(id));
  advanceClock(10_001);
  const lost = hubStub(ann.userId)
    .checkSession(ann.sessionId)
    .then(() => runHubAlarmAfter(ann.userId, 0))
    .catch(() => undefined);
  await crashAt("hub:before-settle");
  await lost;
  expect(await stateOf(id)).toBe("claimed");
  advanceClock(30_001);
  await settleClaims(id, "carried");
});

test("[FL8] a command queued past its claim's expiry is rejected; its file is free", async () => {
  const { id } = await createStoredFile(ann);
  onFailpoint((point) => {
    if (point === "room:after-claim") advanceClock(5_001);
  });
  expect((await expectRejected(createMessage, send(id, "slow"))).code).toBe("unavailable");
  onFailpoint(undefined);
  await vi.waitFor(async () => expect(await stateOf(id)).toBe("ready"));
  await expectOk(createMessage, send(id, "slow"));
});

test("[FL8] a claim that is renewed during the call to the room is not released", async () => {
  const { id } = await createStoredFile(ann);
  const claim = { key: "k", channelId };
  unwrap(await hubStub(ann.userId).claimFiles(claim, [id]));
  const asked = vi.spyOn(ChannelRoom.prototype, "carriedFiles").mockImplementationOnce(async () => {
    unwrap(await hubStub(ann.userId).claimFiles(claim, [id]));
    return [];
  });
  await runHubAlarmAfter(ann.userId, 10_001);
  await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(1));
  expect(await stateOf(id)).toBe("claimed");
  await settleClaims(id, "ready");
});

test("[FL8] a failed attempt does not release the file of a concurrent attempt", async () => {
  const { id } = await createStoredFile(ann);
  const claim = { key: "k", channelId };
  const hub = hubStub(ann.userId);
  const one = unwrap(await hub.claimFiles(claim, [id]));
  const two = unwrap(await hub.claimFiles(claim, [id]));
  await hub.releaseClaim("k", [id], one.untilMs);
  await hub.releaseClaim("another", [id], two.untilMs);
  expect(await stateOf(id)).toBe("claimed");
  await hub.releaseClaim("k", [id], two.untilMs);
  expect(await stateOf(id)).toBe("ready");
});

test("[FL8] an attempt whose claim expired does not release its retry's claim", async () => {
  const { id } = await createStoredFile(ann);
  const claim = { key: "k", channelId };
  const hub = hubStub(ann.userId);
  const slow = unwrap(await hub.claimFiles(claim, [id]));
  await settleClaims(id, "ready");
  unwrap(await hub.claimFiles(claim, [id]));
  await hub.releaseClaim("k", [id], slow.untilMs);
  expect(await stateOf(id)).toBe("claimed");
});

test("[FL8] an unreachable room is called again; its claims are kept meanwhile", async () => {
  const { id } = await createStoredFile(ann);
  await expectOk(createMessage, send(id));
  vi.spyOn(ChannelRoom.prototype, "carriedFiles").mockRejectedValueOnce(new Error("No answer"));
  await runHubAlarmAfter(ann.userId, 10_001);
  expect(await stateOf(id)).toBe("claimed");
  advanceClock(30_001);
  await settleClaims(id, "carried");
});

test("[FL9] deleting a message before its hub's notice deletes its file as well", async () => {
  const before = await storedFileTotals();
  const { id } = await createStoredFile(ann);
  vi.spyOn(UserHub.prototype, "deleteCarriedFiles").mockRejectedValue(new Error("No answer"));
  const { id: messageId } = await expectOk(createMessage, send(id));
  await ann.call("DELETE", `/v1/channels/${channelId}/messages/${messageId}`);
  await eventually(async () => {
    await runHubAlarmAfter(ann.userId, 10_001);
    return (await stateOf(id)) === undefined;
  }, "the file to be deleted");
  expect(await storedFileTotals()).toEqual(before);
});
