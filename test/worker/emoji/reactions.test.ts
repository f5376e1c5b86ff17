import { afterEach, beforeAll, expect, test } from "vitest";
import {
  addReaction,
  createMessage,
  deleteEmoji,
  getMessage,
  getReactions,
  removeReaction,
} from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import {
  interceptDatabase,
  rejectAsUnreachable,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { emojiOf } from "../../support/worker/fixtures/workspace-samples.ts";

let ann: TestUser;
let bob: TestUser;
let channelId: string;

beforeAll(async () => {
  [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  channelId = await createChannelFor(ann, [bob]);
});
afterEach(() => restoreDatabases());

async function newMessage(): Promise<{ channelId: string; messageId: string }> {
  const { id } = await expectOk(createMessage, { as: ann, params: { channelId }, body: { content: "hi" } });
  return { channelId, messageId: id };
}

const reactionsTo = async (params: { channelId: string; messageId: string }) =>
  (await expectOk(getMessage, { as: ann, params })).reactions;

test("[EM7] a custom emoji is a reaction by its name, over REST and sockets", async () => {
  const emoji = `:${await emojiOf(ann, "party_parrot")}:`;
  const params = await newMessage();
  const answer = await expectOk(addReaction, { as: bob, params: { ...params, emoji } });
  expect(answer).toEqual({ messageId: params.messageId, emoji, userId: bob.userId, count: 1 });
  const gateway = await connectGateway(ann);
  await gateway.subscribe(channelId);
  const added = await gateway.sendCommand("reactionAdd", { messageId: params.messageId, emoji }, channelId);
  expect(added).toMatchObject({ type: "ack", data: { emoji, count: 2 } });
  expect(await reactionsTo(params)).toEqual([{ emoji, count: 2, me: true }]);
  expect((await expectOk(getReactions, { as: ann, params })).items).toMatchObject([{ emoji }, { emoji }]);
  await expectOk(removeReaction, { as: bob, params: { ...params, emoji } });
  expect(await reactionsTo(params)).toEqual([{ emoji, count: 1, me: true }]);
});

test("[EM7] an unknown or malformed custom emoji is rejected", async () => {
  const params = await newMessage();
  for (const emoji of [":nope:", ":Nope:", "::", ":a:", ":a b:", `:${"x".repeat(33)}:`, ":thumbsup:", ":x"])
    expect((await expectRejected(addReaction, { as: bob, params: { ...params, emoji } })).code, emoji).toBe(
      "validation_failed",
    );
  expect(await reactionsTo(params)).toEqual([]);
});

test("[EM8] reactions stay when the emoji is deleted, and can be removed", async () => {
  const name = await emojiOf(ann, "short-lived");
  const emoji = `:${name}:`;
  const [old, fresh] = [await newMessage(), await newMessage()];
  await expectOk(addReaction, { as: bob, params: { ...old, emoji } });
  await expectOk(deleteEmoji, { as: ann, params: { name } });
  expect((await expectRejected(addReaction, { as: bob, params: { ...fresh, emoji } })).code).toBe(
    "validation_failed",
  );
  expect(await reactionsTo(old)).toEqual([{ emoji, count: 1 }]);
  expect((await expectOk(addReaction, { as: ann, params: { ...old, emoji } })).count).toBe(2);
  for (const as of [ann, bob]) await expectOk(removeReaction, { as, params: { ...old, emoji } });
  expect(await reactionsTo(old)).toEqual([]);
});

test("[EM8] while D1 fails, known emoji work and others are unavailable", async () => {
  const [known, unknown] = [`:${await emojiOf(ann, "known")}:`, ":unknown-then:"];
  const params = await newMessage();
  await expectOk(addReaction, { as: bob, params: { ...(await newMessage()), emoji: known } });
  interceptDatabase(rejectAsUnreachable);
  const gateway = await connectGateway(bob);
  await gateway.subscribe(channelId);
  const react = (emoji: string) =>
    gateway.sendCommand("reactionAdd", { messageId: params.messageId, emoji }, channelId);
  expect(await react(known)).toMatchObject({ type: "ack" });
  expect(await react(unknown)).toMatchObject({ type: "error", error: { code: "unavailable" } });
  expect(await react("👍")).toMatchObject({ type: "ack" });
});
