import { beforeAll, expect, test } from "vitest";
import { eraseUser, exportMe, getJobs, type ListedJob, purgeChannel } from "../../../src/protocol/index.ts";
import {
  expectForAdminsOnly,
  expectHostileQueriesRejected,
  readPages,
} from "../../support/worker/assertions/admin-list.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { finishJob } from "../../support/worker/fixtures/jobs.ts";
import { writeDatabase } from "../../support/worker/objects/database.ts";

let ann: TestUser;
let eve: TestUser;
let admin: TestUser;
let channelId: string;

beforeAll(async () => {
  [ann, eve] = (await createUsers("ann", "eve")) as [TestUser, TestUser];
  admin = await createUser("boss", { role: "admin" });
  channelId = await createChannelFor(ann);
});

const list = (as: TestUser, limit = 100) => readPages<ListedJob>(getJobs, as, limit);

test("[AD4] jobs of all kinds are listed, newest first, in pages", async () => {
  expect(await list(admin)).toEqual([]);
  const jobs = [
    (await expectOk(exportMe, { as: admin })).job,
    (await expectOk(purgeChannel, { as: ann, params: { channelId } })).job,
    (await expectOk(eraseUser, { as: admin, params: { userId: eve.userId }, body: { messages: "keep" } }))
      .job,
  ];
  for (const job of jobs) await finishJob(job);
  await writeDatabase(
    `INSERT INTO jobs (id, kind, subject_id, requested_by, options, state, error, attempts, created_at, updated_at)
     VALUES ('job_01AAAAAAAAAAAAAAAAAAAAAAAA', 'retention', 'workspace', 'system', '{}', 'running', 'D1 is down', 3, 1, 2)`,
  );
  const all = await list(admin);
  expect(all.map(({ id }) => id)).toEqual([
    ...jobs.map(({ id }) => id).toReversed(),
    "job_01AAAAAAAAAAAAAAAAAAAAAAAA",
  ]);
  const [erasure, purge, archive, retention] = all;
  expect(erasure).toMatchObject({
    kind: "erase",
    subject: { type: "user", userId: eve.userId },
    requestedBy: admin.userId,
  });
  expect(purge).toMatchObject({
    kind: "purge",
    state: "done",
    subject: { type: "channel", channelId },
    requestedBy: ann.userId,
  });
  expect(archive).toMatchObject({
    kind: "export",
    subject: { type: "user", userId: admin.userId },
    resultUrl: expect.stringContaining("/result"),
  });
  expect(retention).toMatchObject({
    subject: { type: "workspace" },
    requestedBy: null,
    error: "D1 is down",
    attempts: 3,
    finishedAt: null,
  });
  for (const limit of [1, 2, 3]) expect(await list(admin, limit)).toEqual(all);
  const owner = await createUser("owner", { role: "owner" });
  expect((await list(owner))[2]).not.toHaveProperty("resultUrl");
});

test("[AD4] only the owner and admins read the list, with the scope `admin`", () =>
  expectForAdminsOnly(getJobs, admin));

test("[AD4] invalid queries are rejected", () => expectHostileQueriesRejected(getJobs, admin));
