import { afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  createEmoji,
  deleteEmoji,
  getPresence,
  getStatus,
  updateUserStatus,
} from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { connectHub } from "../../support/worker/clients/object-sockets.ts";
import {
  disconnectDatabase,
  restoreDatabases,
  sqlOf,
} from "../../support/worker/fakes/database-interceptor.ts";
import { pauseNextCall } from "../../support/worker/fakes/paused-call.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { emojiOf } from "../../support/worker/fixtures/workspace-samples.ts";
import { hubRows } from "../../support/worker/objects/hub-object.ts";

let ann: TestUser;
let emoji: string;

beforeAll(async () => {
  emoji = `:${await emojiOf(await createUser("maker"), "shipit")}:`;
});
afterEach(restoreDatabases);

const set = (custom: object) => callEndpoint(updateUserStatus, { as: ann, body: { custom } });
const custom = async () => (await expectOk(getStatus, { as: ann })).custom;

describe("[HB7] a custom emoji in a status", () => {
  test("is accepted if it exists, and shown to others", async () => {
    ann = await createUser("ann");
    expect((await set({ emoji, text: "releasing" })).body).toMatchObject({
      custom: { emoji, text: "releasing" },
    });
    const bob = await createUser("bob");
    const seen = await expectOk(getPresence, { as: bob, query: { userIds: ann.userId } });
    expect(seen.items[0]).toMatchObject({ custom: { emoji } });
  });

  test.each([
    ":missing:",
    ":SHIPIT:",
    "::",
    ":a:",
    ":ship it:",
    ":shipit",
    ":shipit::shipit:",
    `:${"a".repeat(33)}:`,
  ])("is rejected if there is none: %j", async (name) => {
    ann = await createUser("ann");
    const problem = await expectRejected(updateUserStatus, {
      as: ann,
      body: { presence: "dnd", custom: { emoji: name } },
    });
    expect(problem).toMatchObject({ code: "validation_failed", issues: [{ path: "custom.emoji" }] });
    expect(await hubRows(ann.userId, "status")).toEqual([]);
  });

  test("is kept after its deletion, and not accepted anew", async () => {
    ann = await createUser("ann");
    const maker = await createUser("maker");
    const name = await emojiOf(maker, "fleeting");
    await set({ emoji: `:${name}:` });
    await expectOk(deleteEmoji, { as: maker, params: { name } });
    expect((await set({ emoji: `:${name}:`, text: "still" })).status).toBe(200);
    expect(await custom()).toEqual({ emoji: `:${name}:`, text: "still" });
    await set({ text: "without" });
    expect((await set({ emoji: `:${name}:` })).status).toBe(400);
  });

  test("is unavailable while D1 does not answer, and changes nothing", async () => {
    ann = await createUser("ann");
    await set({ text: "before" });
    disconnectDatabase();
    const socket = await connectHub(ann);
    socket.send({ id: 1, type: "statusUpdate", data: { custom: { emoji: ":unseen:" } } });
    expect(await socket.next("error")).toMatchObject({ id: 1, error: { code: "unavailable" } });
    expect(await custom()).toEqual({ text: "before" });
    socket.send({ id: 2, type: "statusUpdate", data: { custom: { emoji: "🎉" } } });
    expect(await socket.next("ack")).toMatchObject({ id: 2, data: { custom: { emoji: "🎉" } } });
  });

  test("is accepted over both sockets, in the order of the frames", async () => {
    ann = await createUser("ann");
    const channelId = await createChannelFor(ann);
    const fresh = await emojiOf(ann, "fresh");
    for (const socket of [await connectHub(ann), await ann.connect(channelId)]) {
      socket.send({ id: 1, type: "statusUpdate", data: { custom: { emoji: `:${fresh}:` } } });
      socket.send({
        id: 2,
        type: "statusUpdate",
        data: { custom: { emoji: ":missing:" }, presence: "away" },
      });
      socket.send({ id: 3, type: "statusUpdate", data: { custom: { text: "last" } } });
      expect(await socket.next("ack")).toMatchObject({ id: 1, data: { custom: { emoji: `:${fresh}:` } } });
      expect(await socket.next("error")).toMatchObject({ id: 2, error: { code: "validation_failed" } });
      expect(await socket.next("ack")).toMatchObject({ id: 3, data: { custom: { text: "last" } } });
      expect(await expectOk(getStatus, { as: ann })).toEqual({ presence: "auto", custom: { text: "last" } });
    }
  });

  test("is looked up if the frame before, which is still pending, replaces it", async () => {
    ann = await createUser("ann");
    const [deleted, pending] = [await emojiOf(ann, "deleted"), await emojiOf(ann, "pending")];
    await set({ emoji: `:${deleted}:` });
    await expectOk(deleteEmoji, { as: ann, params: { name: deleted } });
    const socket = await connectHub(ann);
    const lookUp = pauseNextCall((call) => sqlOf(call).includes("custom_emoji"), "before D1");
    socket.send({ id: 1, type: "statusUpdate", data: { custom: { emoji: `:${pending}:` } } });
    await lookUp.reached();
    socket.send({ id: 2, type: "statusUpdate", data: { custom: { emoji: `:${deleted}:` } } });
    socket.send({ id: 3, type: "ping" });
    expect(await socket.next("pong")).toMatchObject({ id: 3 });
    lookUp.release();
    expect(await socket.next("ack")).toMatchObject({ id: 1, data: { custom: { emoji: `:${pending}:` } } });
    expect(await socket.next("error")).toMatchObject({ id: 2, error: { code: "validation_failed" } });
    expect(await custom()).toEqual({ emoji: `:${pending}:` });
  });

  test("of an alias is accepted", async () => {
    ann = await createUser("ann");
    await expectOk(createEmoji, { as: ann, body: { name: "ship-it", aliasOf: "shipit" } });
    expect((await set({ emoji: ":ship-it:" })).status).toBe(200);
  });
});
