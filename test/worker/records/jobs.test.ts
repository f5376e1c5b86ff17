import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test } from "vitest";
import { type Failpoint, onFailpoint } from "../../../src/lib/failpoint.ts";
import { createMessage, eraseUser, exportMe, getJob, purgeChannel } from "../../../src/protocol/index.ts";
import { jobRunnerOf } from "../../../src/rpc/stubs.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
import { disconnectDatabase, restoreDatabases } from "../../support/worker/fakes/database-interceptor.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { finishJob, jobRow } from "../../support/worker/fixtures/jobs.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";
import { hubTables } from "../../support/worker/objects/hub-object.ts";
import { evictObject, roomTables } from "../../support/worker/objects/room-object.ts";

afterEach(() => {
  restoreDatabases();
  onFailpoint(undefined);
});

async function newScene() {
  const [ann, eve] = await Promise.all([createUser("ann"), createUser("eve")]);
  const channelId = await createChannelFor(ann, [eve]);
  for (const content of ["hidden one", "hidden two"])
    await expectOk(createMessage, { as: eve, params: { channelId }, body: { content } });
  return { ann, eve, channelId };
}

const kinds = {
  erase: async ({ eve }: { ann: TestUser; eve: TestUser; channelId: string }) =>
    (await expectOk(eraseUser, { as: eve, params: { userId: eve.userId }, body: { messages: "delete" } }))
      .job,
  purge: async ({ ann, channelId }: { ann: TestUser; channelId: string }) =>
    (await expectOk(purgeChannel, { as: ann, params: { channelId } })).job,
  export: async ({ eve }: { eve: TestUser }) => (await expectOk(exportMe, { as: eve })).job,
};

async function expectDone(
  kind: keyof typeof kinds,
  { eve, channelId }: { eve: TestUser; channelId: string },
) {
  if (kind === "export") return;
  const room = JSON.stringify(await roomTables(channelId));
  expect(room).not.toContain("hidden");
  expect(
    JSON.stringify(await databaseRows("SELECT content FROM messages WHERE channel_id = ?", channelId)),
  ).not.toContain("hidden");
  if (kind === "erase") expect(await hubTables(eve.userId)).toEqual(["erased"]);
  else expect(Object.keys(JSON.parse(room))).toEqual(["purged"]);
}

const failpoints: [keyof typeof kinds, Failpoint][] = [
  ["erase", "job:before-step"],
  ["erase", "job:after-step"],
  ["erase", "job:after-save"],
  ["erase", "job:before-erase"],
  ["erase", "room:before-erase"],
  ["erase", "room:after-erase"],
  ["erase", "hub:before-wipe"],
  ["erase", "hub:after-wipe"],
  ["purge", "job:before-purge"],
  ["purge", "job:after-step"],
  ["purge", "job:after-save"],
  ["export", "job:before-export"],
  ["export", "job:after-step"],
  ["export", "job:after-save"],
];

describe("[JB1] a job continues after a crash", () => {
  test.each(failpoints)("%s at %s", async (kind, point) => {
    const scene = await newScene();
    let passes = 0;
    // The second pass, where there is one, so that a step was stored before.
    const crashed = crashAt(point, { spare: () => point.startsWith("job:") && passes++ === 0 });
    const job = await kinds[kind](scene);
    await crashed;
    expect(await finishJob(job)).toBe("done");
    await expectDone(kind, scene);
  });
});

test("[JB2] a repeated request finds the active job; two start one", async () => {
  const scene = await newScene();
  const jobs = await Promise.all(Array.from({ length: 10 }, () => kinds.erase(scene).catch(() => undefined)));
  const ids = new Set(jobs.flatMap((job) => (job ? [job.id] : [])));
  expect(ids.size).toBe(1);
  expect(await finishJob({ id: [...ids][0]! })).toBe("done");
});

test("[JB3] while D1 is down a job waits, and continues by itself", async () => {
  const scene = await newScene();
  const job = await kinds.erase(scene);
  disconnectDatabase();
  for (let attempt = 0; attempt < 3; attempt++) await runDurableObjectAlarm(jobRunnerOf(env, job.id));
  restoreDatabases();
  expect(await finishJob(job)).toBe("done");
  await expectDone("erase", scene);
});

test("[JB4] a job is visible to its requester and to admins, with its error", async () => {
  const { ann, eve } = await newScene();
  const [admin, other] = await Promise.all([createUser("admin", { role: "admin" }), createUser("other")]);
  const job = await kinds.export({ eve });
  for (const as of [eve, admin])
    expect((await expectOk(getJob, { as, params: { jobId: job.id } })).job.id).toBe(job.id);
  for (const as of [ann, other])
    expect((await callEndpoint(getJob, { as, params: { jobId: job.id } })).status).toBe(404);
  await finishJob(job);
  expect((await expectOk(getJob, { as: admin, params: { jobId: job.id } })).job.resultUrl).toBeUndefined();
});

test("[JB5] an evicted runner continues its jobs", async () => {
  const scene = await newScene();
  const job = await kinds.purge(scene);
  await evictObject(jobRunnerOf(env, job.id));
  expect(await finishJob(job)).toBe("done");
  expect((await jobRow(job.id)).step).toBeGreaterThan(5);
  await expectDone("purge", scene);
});
