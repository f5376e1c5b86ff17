import { beforeAll, expect, test } from "vitest";
import { addReaction, getReactions, type Message, removeReaction } from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { messageParams, messagePath, postMessage } from "../../support/worker/clients/messages.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { roomLog } from "../../support/worker/objects/room-object.ts";

let ann: TestUser;
let channelId: string;
let message: Message;
let socket: TestSocket;

beforeAll(async () => {
  [ann] = (await createUsers("ann")) as [TestUser];
  channelId = await createChannelFor(ann);
  message = await postMessage(ann, channelId, "react to this");
  socket = await ann.connect(channelId);
});

const params = (emoji: string) => ({ ...messageParams(message), emoji });
const kinds = async () =>
  (await expectOk(getReactions, { as: ann, params: messageParams(message) })).items.map(({ emoji }) => emoji);

test.for(["👍🏽", "👩‍❤️‍💋‍👨", "👨🏿‍🚀", "🇩🇪", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "#️⃣", "*️⃣", "🏳️‍🌈", "©️", "☺️"])(
  "[RX1] [RM1] %s is stored in full form over both transports, with or without VS",
  async (emoji) => {
    const bare = emoji.replaceAll("\ufe0f", "");
    expect(await expectOk(addReaction, { as: ann, params: params(bare) })).toEqual({
      messageId: message.id,
      userId: ann.userId,
      emoji,
      count: 1,
    });
    expect(await kinds()).toEqual([emoji]);
    const before = await roomLog(channelId);
    for (const form of [emoji, bare, `${emoji}\ufe0f`]) {
      expect((await expectOk(addReaction, { as: ann, params: params(form) })).emoji).toBe(emoji);
      const ack = (await socket.sendCommand("reactionAdd", { messageId: message.id, emoji: form })) as any;
      expect(ack.data).toMatchObject({ emoji, count: 1 });
    }
    expect(await roomLog(channelId), "twice is once").toEqual(before);
    await expectOk(removeReaction, { as: ann, params: params(bare) });
    expect(await kinds()).toEqual([]);
  },
);

const hostile: Record<string, string> = {
  "two emoji": "👍👎",
  "an emoji twice": "👍👍",
  "an emoji and a letter": "👍a",
  "an emoji and a blank": "👍 ",
  "two skin tones": "👍🏽🏽",
  "half a flag": "🇩",
  "no flag": "🇽🇽",
  "three of a flag": "🇩🇪🇩",
  "a digit": "1",
  "a keycap without a key": "\u20e3",
  "a variation selector": "\ufe0f",
  "a joiner": "\u200d",
  "an unfinished sequence": "👩\u200d",
  "a tag without a flag": "\u{e0067}\u{e007f}",
  letters: "thumbsup",
  "a malformed name": ":Thumbsup:",
  SQL: "'; DROP TABLE reactions; --",
  markup: "<b>",
  "a path": "../pin",
  "percent-encoding": "%F0%9F%91%8D",
  NUL: "👍\0",
  "100 emoji": "👍".repeat(100),
  "a long family": "👩\u200d".repeat(2_000),
};

test.for(Object.entries(hostile))(
  "[RX1] [LG2] %s is rejected by its field over both transports",
  async ([, emoji]) => {
    const before = await roomLog(channelId);
    for (const endpoint of [addReaction, removeReaction]) {
      const { code, issues } = await expectRejected(endpoint, { as: ann, params: params(emoji) });
      expect([code, issues?.[0]?.path]).toEqual(["validation_failed", "emoji"]);
    }
    for (const type of ["reactionAdd", "reactionRemove"]) {
      const answer = (await socket.sendCommand(type, { messageId: message.id, emoji })) as any;
      expect([answer.type, answer.error?.code]).toEqual(["error", "validation_failed"]);
      expect(JSON.stringify(answer.error.issues)).toContain("emoji");
    }
    expect(await roomLog(channelId)).toEqual(before);
  },
);

test("[RX1] [ER1] lone surrogates, missing and non-string emoji are socket errors", async () => {
  for (const emoji of ["\ud83d", "\udc4d", "", null, 1, ["👍"], { emoji: "👍" }, undefined]) {
    const answer = (await socket.sendCommand("reactionAdd", { messageId: message.id, emoji })) as any;
    expect([answer.type, answer.error?.code]).toEqual(["error", "validation_failed"]);
  }
  const more = (await socket.sendCommand("reactionAdd", {
    messageId: message.id,
    emoji: "👍",
    count: 9,
  })) as any;
  expect(more.error?.code).toBe("validation_failed");
});

test("[RX1] [ER1] any path segment gives a client error, never a 500", async () => {
  const path = `${messagePath(message)}/reactions`;
  const before = await roomLog(channelId);
  for (const raw of [
    "%2F",
    "%2F%2F",
    "a%2Fb",
    "%",
    "%zz",
    "%F0%9F",
    "%F0%9F%91",
    "%C0%AF",
    "%ED%A0%BD",
    "%00",
    "%25F0%259F%2591%258D",
    "%2e%2e",
    "+",
    "%20",
    "x".repeat(5_000),
    "%F0%9F%91%8D/",
    "%F0%9F%91%8D/x",
    "",
  ]) {
    for (const method of ["PUT", "DELETE"]) {
      const { status, body } = await ann.call(method, `${path}/${raw}`);
      expect([400, 404, 405], `${raw.slice(0, 30)} ${JSON.stringify(body)}`).toContain(status);
    }
  }
  expect(await roomLog(channelId)).toEqual(before);
  expect((await ann.call("PUT", `${path}/👍`)).status, "as it is").toBe(200);
  expect((await ann.call("DELETE", `${path}/%F0%9F%91%8D?x=1`)).status).toBe(204);
});
