import { unpackTar } from "modern-tar";
import { env, exports } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { deleteExpiredExports } from "../../../src/features/exports/index.ts";
import {
  createMessage,
  exportMe,
  getJob,
  getPushSubscriptions,
  type Job,
} from "../../../src/protocol/index.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { subscribeBrowser } from "../../support/worker/fakes/push-service.ts";
import { uploadOk } from "../../support/worker/clients/upload-client.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { emojiOf, groupOf } from "../../support/worker/fixtures/workspace-samples.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";
import { finishJob } from "../../support/worker/fixtures/jobs.ts";

afterEach(() => void vi.useRealTimers());

async function exportOf(as: TestUser): Promise<Job> {
  const { job } = await expectOk(exportMe, { as });
  expect(await finishJob(job)).toBe("done");
  return (await expectOk(getJob, { as, params: { jobId: job.id } })).job;
}

const download = (as: TestUser, url: string) =>
  exports.default.fetch(`https://parley.test${url}`, { headers: { Authorization: `Bearer ${as.token}` } });

test("[EZ6] [WP14] an export has the own data of all channels, and nothing of others", async () => {
  const [ann, eve] = await Promise.all([createUser("ann"), createUser("eve")]);
  const channelId = await createChannelFor(ann, [eve], { isPrivate: true });
  const post = (as: TestUser, content: string, more: object = {}) =>
    expectOk(createMessage, { as, params: { channelId }, body: { content, ...more } });
  const big = "z".repeat(1_500_000);
  const [small, large] = [await uploadOk(eve, "small bytes"), await uploadOk(eve, big)];
  const root = await post(ann, "text of ann");
  const mine = await post(eve, "text of eve", { fileIds: [small.id] });
  await eve.call("PATCH", `/v1/channels/${channelId}/messages/${mine.id}`, {
    content: "text of eve, edited",
  });
  await eve.call("POST", `/v1/channels/${channelId}/messages/${root.id}/thread`, { content: "reply of eve" });
  await eve.call("PUT", `/v1/channels/${channelId}/messages/${root.id}/reactions/👍`);
  await eve.call("PUT", `/v1/channels/${channelId}/draft`, { content: "draft of eve" });
  await eve.call("PUT", `/v1/saved/${root.id}`);
  await eve.call("POST", "/v1/reminders", { text: "reminder of eve", when: "in 2 hours" });
  const sendAt = new Date(Date.now() + 3_600_000).toISOString();
  await eve.call("POST", "/v1/scheduled-messages", { channelId, content: "scheduled by eve", sendAt });
  const browser = await subscribeBrowser(eve);
  await eve.call("PUT", "/v1/users/me/notification-settings", {
    quietHours: { start: "22:00", end: "07:00" },
  });
  await eve.call("POST", `/v1/channels/${channelId}/leave`);

  const admin = await createUser("admin", { role: "admin" });
  await groupOf(admin, [eve.userId], "eves-group");
  const emoji = await emojiOf(eve);

  const job = await exportOf(eve);
  const response = await download(eve, job.resultUrl!);
  expect(response.headers.get("Content-Type")).toBe("application/x-tar");
  const entries = await unpackTar(new Uint8Array(await response.arrayBuffer()));
  const texts = Object.fromEntries(
    entries.map(({ header, data }) => [header.name, new TextDecoder().decode(data)]),
  );
  const all = Object.values(texts).join("\n");
  const personal = ["draft of eve", "reminder of eve", "scheduled by eve"];
  for (const text of [
    "text of eve, edited",
    "reply of eve",
    "small bytes",
    eve.username,
    "👍",
    small.id,
    ...personal,
  ])
    expect(all).toContain(text);
  expect(texts["saved-messages.jsonl"]).toContain(root.id);
  const { id, current: _, ...subscription } = (await expectOk(getPushSubscriptions, { as: eve })).items[0]!;
  expect(JSON.parse(texts["push-subscriptions.json"]!)).toMatchObject([{ id, host: subscription.host }]);
  expect(JSON.parse(texts["notification-settings.json"]!)).toMatchObject({ quietHours: { start: "22:00" } });
  for (const secret of [new URL(browser.endpoint).pathname, ...Object.values(browser.body().keys)])
    expect(texts["push-subscriptions.json"]).not.toContain(secret);
  expect(JSON.parse(texts["profile.json"]!).user.email).toContain("@parley.test");
  expect(JSON.parse(texts["workspace.json"]!)).toMatchObject({
    groups: [{ handle: "eves-group" }],
    emoji: [{ name: emoji }],
  });
  expect(texts[`files/${large.id}`]).toBe(big);
  expect(all).not.toContain("text of ann");
  const messages = Object.keys(texts).find((name) => name.startsWith(`messages/${channelId}`));
  expect(
    texts[messages!]!.trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).earlierVersions.length),
  ).toEqual([1, 0]);
});

test("[EZ7] only the person downloads the archive, once a day, until it expires", async () => {
  const [admin, eve] = await Promise.all([createUser("admin", { role: "admin" }), createUser("eve")]);
  const job = await exportOf(eve);
  expect((await download(admin, `/v1/jobs/${job.id}/result`)).status).toBe(404);
  expect((await exports.default.fetch(`https://parley.test/v1/jobs/${job.id}/result`)).status).toBe(401);
  // A second request on the same day finds the first export; one on the next day starts another.
  expect((await expectOk(exportMe, { as: eve })).job).toMatchObject({ id: job.id, state: "done" });
  setWorkerConfig({ EXPORT_INTERVAL_MS: 1 });
  const next = await exportOf(eve);
  expect(next.id).not.toBe(job.id);
  expect((await env.FILES.list({ prefix: `exports/${job.id}/` })).objects.length).toBeGreaterThan(0);
  await deleteExpiredExports(env, Date.now() + 8 * 86_400_000);
  expect((await env.FILES.list({ prefix: `exports/${job.id}/` })).objects).toEqual([]);
  expect((await download(eve, `/v1/jobs/${job.id}/result`)).status).toBe(404);
});
