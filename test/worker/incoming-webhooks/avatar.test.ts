import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { noId } from "../../../src/lib/ids.ts";
import * as api from "../../../src/protocol/index.ts";
import { png } from "../../support/image-headers.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { downloadContent, uploadOk } from "../../support/worker/clients/upload-client.ts";
import { crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createWebhookFor } from "../../support/worker/fixtures/incoming-webhooks.ts";
import { finishJob } from "../../support/worker/fixtures/jobs.ts";
import { uploadPicture } from "../../support/worker/fixtures/workspace-samples.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

let ann: TestUser;
let bob: TestUser;
let admin: TestUser;
let channelId: string;

beforeAll(async () => {
  [ann, bob, admin] = [await createUser("ann"), await createUser("bob"), await createUser("boss", { role: "admin" })];
}); // prettier-ignore
beforeEach(async () => {
  channelId = await createChannelFor(ann, [bob]);
});
afterEach(() => onFailpoint(undefined));

const create = (as: TestUser, body: { avatarFileId: string }, id = channelId) =>
  callEndpoint(api.createIncomingWebhook, {
    as,
    params: { channelId: id },
    body: { name: "Alerts", ...body },
  });
const update = (webhookId: string, avatarFileId: string | null, as = ann) =>
  callEndpoint(api.updateIncomingWebhook, { as, params: { channelId, webhookId }, body: { avatarFileId } });
const avatarOf = async ({ botUserId: userId }: Pick<api.IncomingWebhook, "botUserId">) =>
  (await expectOk(api.getUser, { as: bob, params: { userId } })).avatarFileId;
const filesOf = ({ botUserId }: Pick<api.IncomingWebhook, "botUserId">) =>
  databaseRows<{ id: string; name: string }>(`SELECT id, name FROM files WHERE uploader_id = '${botUserId}'`);
const bots = async (): Promise<number> =>
  (await databaseRows("SELECT id FROM incoming_webhooks WHERE channel_id = '" + channelId + "'")).length;

describe("[IH15] the avatar of a webhook's bot", () => {
  test("is a copy that others see, and that survives its source and its uploader", async () => {
    const eve = await createUser("eve");
    await expectOk(api.addMember, { as: ann, params: { channelId }, body: { userId: eve.userId } });
    await expectOk(api.updateMember, { as: ann, params: { channelId, userId: eve.userId }, body: { role: "moderator" } });
    const picture = png(64, 64);
    const source = await uploadOk(eve, picture, { name: "secret name.png", type: "image/png" });
    const { body } = await create(eve, { avatarFileId: source.id });
    const avatar = (await avatarOf(body.webhook))!;
    expect(avatar).not.toBe(source.id);
    expect(await expectOk(api.getFileMetadata, { as: bob, params: { fileId: avatar } })).toMatchObject({
      ...{ name: "avatar", type: "image/png", width: 64, height: 64, sizeBytes: picture.byteLength },
      uploaderId: body.webhook.botUserId,
    });
    // The source is an ordinary file still.
    await expectOk(api.deleteFile, { as: eve, params: { fileId: source.id } });
    const { job } = await expectOk(api.eraseUser, { as: admin, params: { userId: eve.userId }, body: { messages: "delete" } });
    expect(await finishJob(job)).toBe("done");
    expect(new Uint8Array(await downloadContent(bob, { id: avatar }))).toEqual(new Uint8Array(picture));
  }); // prettier-ignore

  test("is replaced and removed, and former copies are deleted", async () => {
    const { webhook } = await createWebhookFor(ann, channelId);
    const [one, other] = [await uploadPicture(ann, png(8, 8)), await uploadPicture(ann, png(9, 9))];
    expect((await update(webhook.id, one)).status).toBe(200);
    const first = await avatarOf(webhook);
    expect((await update(webhook.id, one)).status).toBe(200);
    expect(await avatarOf(webhook), "the same bytes are copied once").toBe(first);
    expect((await update(webhook.id, other)).status).toBe(200);
    const second = await avatarOf(webhook);
    expect(second).not.toBe(first);
    await eventually(async () => JSON.stringify(await filesOf(webhook)) === JSON.stringify([{ id: second, name: "avatar" }]));
    expect((await update(webhook.id, null)).status).toBe(200);
    expect(await avatarOf(webhook)).toBeNull();
    await eventually(async () => (await filesOf(webhook)).length === 0);
  }); // prettier-ignore

  test("must be a picture of the caller; otherwise nothing is created", async () => {
    const text = await uploadOk(ann, "text", { name: "a.txt", type: "text/plain" });
    const large = await uploadOk(ann, Buffer.concat([png(8, 8), Buffer.alloc(api.limits.avatarBytes)]), {
      name: "a.png",
      type: "image/png",
    });
    const foreign = await uploadPicture(bob);
    for (const [avatarFileId, status] of [[text.id, 400], [large.id, 400], [foreign, 404], [noId("fil"), 404]] as const) {
      expect((await create(ann, { avatarFileId })).status).toBe(status);
      const { webhook } = await createWebhookFor(ann, channelId);
      expect((await update(webhook.id, avatarFileId)).status).toBe(status);
      await expectOk(api.deleteIncomingWebhook, { as: ann, params: { channelId, webhookId: webhook.id } });
    }
    expect(await bots()).toBe(0);
  }); // prettier-ignore

  test("does not fit into a full workspace; then no webhook is created", async () => {
    const avatarFileId = await uploadPicture(ann);
    setWorkerConfig({ FILE_WORKSPACE_QUOTA_BYTES: 1 });
    const answer = await create(ann, { avatarFileId });
    expect([answer.status, answer.body.code]).toEqual([413, "quota_exceeded"]);
    expect(await bots()).toBe(0);
  });

  test("is set by a repeated request after a crash, without a second copy", async () => {
    const { webhook } = await createWebhookFor(ann, channelId);
    const avatarFileId = await uploadPicture(ann);
    crashOnceAt("webhook:after-avatar-copy");
    expect((await update(webhook.id, avatarFileId)).status).toBeGreaterThanOrEqual(500);
    expect(await avatarOf(webhook)).toBeNull();
    const [copy] = await filesOf(webhook);
    expect((await update(webhook.id, avatarFileId)).status).toBe(200);
    expect(await avatarOf(webhook)).toBe(copy!.id);
    expect(await filesOf(webhook)).toHaveLength(1);
  });
});
