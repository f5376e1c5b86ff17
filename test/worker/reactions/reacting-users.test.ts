import { beforeAll, expect, test } from "vitest";
import {
  addReaction,
  getMessage,
  getReactions,
  type Message,
  removeReaction,
} from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { messageParams, messagePath, postMessage } from "../../support/worker/clients/messages.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { roomLog } from "../../support/worker/objects/room-object.ts";

let all: TestUser[];
let ann: TestUser;
let channelId: string;

beforeAll(async () => {
  all = await createUsers(...Array.from({ length: 20 }, (_, n) => `p${n}`));
  ann = all[0]!;
  channelId = await createChannelFor(ann);
  for (const one of all.slice(1)) await one.call("POST", `/v1/channels/${channelId}/join`);
});

const who = async (message: Message, limit = 100) => {
  const items = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await expectOk(getReactions, {
      as: ann,
      params: messageParams(message),
      query: { limit, ...(cursor && { cursor }) },
    });
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
};

test("[RX2] [LG6] 20 concurrent reactions over both transports count to 20 in order", async () => {
  const message = await postMessage(ann, channelId, "react to this");
  const sockets = await Promise.all(all.slice(0, 10).map((one) => one.connect(channelId)));
  await Promise.all([
    ...sockets.map((socket) => socket.sendCommand("reactionAdd", { messageId: message.id, emoji: "👍" })),
    ...all
      .slice(10)
      .map((as) => expectOk(addReaction, { as, params: { ...messageParams(message), emoji: "👍" } })),
    // The same users again, concurrently.
    ...all
      .slice(5, 15)
      .map((as) => expectOk(addReaction, { as, params: { ...messageParams(message), emoji: "👍" } })),
  ]);
  const events = (await listEvents(channelId, ann, message.seq)) as any[];
  expect(events.map(({ data }) => data.count)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  const { reactions } = await expectOk(getMessage, { as: ann, params: messageParams(message) });
  expect(reactions).toEqual([{ emoji: "👍", count: 20, me: true }]);
  expect((await who(message)).map(({ userId }) => userId)).toEqual(events.map(({ data }) => data.userId));
  await Promise.all(
    all.map((as) => expectOk(removeReaction, { as, params: { ...messageParams(message), emoji: "👍" } })),
  );
  expect((await expectOk(getMessage, { as: ann, params: messageParams(message) })).reactions).toEqual([]);
  expect(await who(message)).toEqual([]);
});

test("[RX2] users of a reaction are listed in order, paged; re-adding moves to the end", async () => {
  const message = await postMessage(ann, channelId, "react to this");
  const expected: string[] = [];
  for (const [n, one] of all.slice(0, 7).entries())
    for (const emoji of n % 2 ? ["👍", "🎉"] : ["👍"]) {
      await expectOk(addReaction, { as: one, params: { ...messageParams(message), emoji } });
      expected.push(`${one.userId} ${emoji}`);
    }
  await expectOk(removeReaction, { as: ann, params: { ...messageParams(message), emoji: "👍" } });
  await expectOk(addReaction, { as: ann, params: { ...messageParams(message), emoji: "👍" } });
  expected.push(expected.shift()!);
  for (const limit of [1, 3, 9, 10, 11])
    expect((await who(message, limit)).map(({ userId, emoji }) => `${userId} ${emoji}`)).toEqual(expected);
  const page = await expectOk(getReactions, {
    as: ann,
    params: messageParams(message),
    query: { limit: 10 },
  });
  expect(page.nextCursor).toBeNull();
  const log = await roomLog(channelId);
  expect(page.seq).toBe(log.length);
  expect(page.items.at(-1)!.reactedAt).toBe(new Date(log.at(-1)!.at).toISOString());
});

test("[RD2] [ER2] reactions of other channels' messages are 404; foreign cursors fail", async () => {
  const elsewhere = await postMessage(ann, await createChannelFor(ann), "elsewhere");
  const here = await postMessage(ann, channelId, "here");
  for (const id of [elsewhere.id, here.id.replace(/.{6}$/, "ZZZZZZ")]) {
    const params = { channelId, messageId: id, emoji: "👍" };
    for (const endpoint of [addReaction, removeReaction, getReactions])
      expect((await expectRejected(endpoint, { as: ann, params })).code).toBe("not_found");
  }
  const { status } = await ann.call("GET", `${messagePath(here)}/reactions?cursor=${btoa('["x"]')}`);
  expect(status).toBe(400);
});
