import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { accountDatabase, auditEntries } from "../../../src/db/index.ts";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { noId } from "../../../src/lib/ids.ts";
import * as api from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { finishJob } from "../../support/worker/fixtures/jobs.ts";
import { createTokenFor } from "../../support/worker/fixtures/tokens.ts";
import { createWebhookFor, postToHook } from "../../support/worker/fixtures/incoming-webhooks.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

let ann: TestUser;
let bob: TestUser;
let eve: TestUser;
let admin: TestUser;

beforeAll(async () => {
  ann = await createUser("ann");
  bob = await createUser("bob");
  eve = await createUser("eve");
  admin = await createUser("boss", { role: "admin" });
});

afterEach(() => onFailpoint(undefined));

const create = (as: { token: string }, channelId: string, body: object = { name: "Alerts" }) =>
  callEndpoint(api.createIncomingWebhook, { as, params: { channelId }, body });
const list = async (channelId: string) =>
  (await expectOk(api.getIncomingWebhooks, { as: ann, params: { channelId } })).items;

describe("[IH10] who manages webhooks", () => {
  test("moderators of the channel and admins; others see nothing of them", async () => {
    const channelId = await createChannelFor(ann, [bob]);
    const { webhook } = await createWebhookFor(ann, channelId);
    const params = { channelId, webhookId: webhook.id };
    for (const as of [bob, eve]) {
      expect((await create(as, channelId)).status).toBe(403);
      expect((await callEndpoint(api.getIncomingWebhooks, { as, params: { channelId } })).status).toBe(403);
      for (const endpoint of [api.updateIncomingWebhook, api.rotateIncomingWebhookSecret, api.deleteIncomingWebhook])
        expect((await callEndpoint(endpoint, { as, params, body: endpoint.method === "patch" ? {} : undefined })).status).toBe(403);
    }
    await expectOk(api.updateMember, { as: ann, params: { channelId, userId: bob.userId }, body: { role: "moderator" } });
    expect((await create(bob, channelId)).status).toBe(201);
    expect((await create(admin, channelId)).status).toBe(201);
    const hidden = await createChannelFor(ann, [], { isPrivate: true });
    expect((await create(admin, hidden)).status).toBe(404);
    expect((await create(ann, noId("chn"))).status).toBe(404);
    // A webhook of another channel is not found by this one's moderators.
    const elsewhere = await createChannelFor(ann);
    await expectRejected(api.deleteIncomingWebhook, { as: ann, params: { channelId: elsewhere, webhookId: webhook.id } });
    expect(await list(channelId)).toHaveLength(3);
  }); // prettier-ignore

  test("no token creates one; only admins where configured; anyChannel too", async () => {
    const channelId = await createChannelFor(ann, [admin]);
    const { as } = await createTokenFor(ann, { scopes: ["read", "write", "files", "admin"] });
    expect((await create(as, channelId)).status).toBe(403);
    expect((await create(ann, channelId, { name: "a", anyChannel: true })).status).toBe(403);
    expect((await create(admin, channelId, { name: "a", anyChannel: true })).status).toBe(201);
    setWorkerConfig({ INCOMING_WEBHOOKS_BY: "admins" });
    expect((await create(ann, channelId)).status).toBe(403);
    expect((await create(admin, channelId)).status).toBe(201);
  });

  test("direct messages have none, archived channels get none", async () => {
    const { id } = await expectOk(api.openDirectMessage, { as: ann, body: { userIds: [bob.userId] } });
    expect((await create(ann, id)).status).toBe(403);
    const channelId = await createChannelFor(ann);
    await expectOk(api.archiveChannel, { as: ann, params: { channelId } });
    expect((await create(ann, channelId)).status).toBe(409);
    expect(await list(channelId)).toEqual([]);
  });
});

describe("[IH11] a webhook", () => {
  test("has a bot that is a member with its name, and audit entries", async () => {
    const channelId = await createChannelFor(ann);
    const { webhook, post } = await createWebhookFor(ann, channelId, { name: "Prod Älerts!", icon: ":bell:" });
    const { botUserId: userId, id: webhookId } = webhook;
    expect(webhook).toMatchObject({ name: "Prod Älerts!", icon: ":bell:", anyChannel: false, createdBy: ann.userId });
    const bot = await expectOk(api.getUser, { as: ann, params: { userId } });
    expect(bot).toMatchObject({ displayName: "Prod Älerts!", isBot: true });
    expect(bot.username).toMatch(/^prod-a-lerts-[a-z0-9]{8}$/);
    await post({ text: "a" });
    const { items } = await expectOk(api.getChannelMessages, { as: ann, params: { channelId } });
    expect(items.at(-1)!.sender).toEqual({ icon: ":bell:" });
    const params = { channelId, webhookId };
    const renamed = await expectOk(api.updateIncomingWebhook, { as: ann, params, body: { name: "Renamed", icon: null } });
    expect(renamed).toMatchObject({ name: "Renamed", icon: null });
    expect((await expectOk(api.getUser, { as: ann, params: { userId } })).displayName).toBe("Renamed");
    await expectOk(api.rotateIncomingWebhookSecret, { as: ann, params });
    await expectOk(api.deleteIncomingWebhook, { as: ann, params });
    await expectRejected(api.deleteIncomingWebhook, { as: ann, params });
    expect(await list(channelId)).toEqual([]);
    expect((await expectOk(api.getUser, { as: ann, params: { userId } })).active).toBe(false);
    await eventually(async () => {
      const entries = await accountDatabase(env).select().from(auditEntries);
      const actions = entries.filter(({ objectId }) => objectId === webhookId).map(({ action }) => action);
      const expected = ["webhook.create", "webhook.update", "webhook.rotate_secret", "webhook.delete"];
      return JSON.stringify(actions) === JSON.stringify(expected);
    });
  }); // prettier-ignore

  test("cannot be created beyond the limits, also with parallel requests", async () => {
    const channelId = await createChannelFor(ann);
    setWorkerConfig({ CHANNEL_INCOMING_WEBHOOKS: 2 });
    const made = await Promise.all(Array.from({ length: 6 }, () => create(ann, channelId)));
    expect(made.map(({ status }) => status).toSorted()).toEqual([201, 201, 409, 409, 409, 409]);
    setWorkerConfig({ CHANNEL_INCOMING_WEBHOOKS: 100, WORKSPACE_INCOMING_WEBHOOKS: 1 });
    expect((await create(ann, channelId)).status).toBe(409);
  });

  test("does not count as one of the workspace's bots", async () => {
    const channelId = await createChannelFor(ann);
    setWorkerConfig({ WORKSPACE_BOTS: 1 });
    await createWebhookFor(ann, channelId);
    await createWebhookFor(ann, channelId);
    await expectOk(api.createBot, { as: admin, body: { username: "real-bot", scopes: ["read"] } });
    setWorkerConfig({ WORKSPACE_BOTS: 100_000 });
  });

  test("whose creation was interrupted is listed, posts nothing, and can be completed", async () => {
    const channelId = await createChannelFor(ann);
    crashOnceAt("webhook:after-insert");
    expect((await create(ann, channelId)).status).toBeGreaterThanOrEqual(500);
    const [webhook] = await list(channelId);
    const params = { channelId, webhookId: webhook!.id };
    const { url } = await expectOk(api.rotateIncomingWebhookSecret, { as: ann, params });
    const post = async () => postToHook(url, { text: "a" });
    expect((await post()).text).toBe("no_active_hooks");
    await expectOk(api.addMember, { as: ann, params: { channelId }, body: { userId: webhook!.botUserId } });
    expect((await post()).text).toBe("ok");
  }); // prettier-ignore

  test("whose deletion was interrupted stays deleted, and its bot leaves the channel", async () => {
    const channelId = await createChannelFor(ann);
    const { webhook } = await createWebhookFor(ann, channelId);
    crashOnceAt("webhook:after-delete");
    await callEndpoint(api.deleteIncomingWebhook, { as: ann, params: { channelId, webhookId: webhook.id } });
    expect(await list(channelId)).toEqual([]);
  });

  test("is deleted with its channel", async () => {
    const channelId = await createChannelFor(ann);
    const { post } = await createWebhookFor(ann, channelId);
    await post({ text: "a" });
    const { job } = await expectOk(api.purgeChannel, { as: ann, params: { channelId } });
    await finishJob(job);
    const rows = await env.DB.prepare("SELECT id FROM incoming_webhooks WHERE channel_id = ?").bind(channelId).all();
    expect(rows.results).toEqual([]);
  }); // prettier-ignore
});
