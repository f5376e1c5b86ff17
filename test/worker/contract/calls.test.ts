import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import limitsDocument from "../../../docs/limits.md?raw";
import { app } from "../../../src/app.ts";
import { newId } from "../../../src/lib/ids.ts";
import { endpoints, type Job } from "../../../src/protocol/index.ts";
import { buildRequest } from "../../support/worker/clients/raw-requests.ts";
import { postIndexed } from "../../support/worker/clients/search-client.ts";
import { type CallCounts, countCalls } from "../../support/worker/fakes/call-counter.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import {
  createSampleWorkspace,
  endpointNames,
  type EndpointSample,
  endpointSamples,
  fillPath,
  type SampleWorkspace,
} from "../../support/worker/fixtures/endpoint-samples.ts";
import { finishJob } from "../../support/worker/fixtures/jobs.ts";
import { fillGroup, groupOf } from "../../support/worker/fixtures/workspace-samples.ts";
import { sampleUrl } from "../../support/worker/fixtures/event-subscriptions.ts";
import { waitForIndex } from "../../support/worker/objects/search-index.ts";

/** The rows of the table in docs/limits.md: endpoint, input, calls of objects, calls of databases. */
const rows = [...limitsDocument.matchAll(/^\| `(\w+)` \| ([^|]+) \| (\d+) \| (\d+) \|$/gm)].map(
  ([, name, input, objects, databases]) => ({
    ...{ name: name!, input: input!.trim() },
    most: { objects: Number(objects), databases: Number(databases) },
  }),
);

const channelCount = 25;
let workspace: SampleWorkspace;
let reader: TestUser;

beforeAll(async () => {
  workspace = await createSampleWorkspace();
  [reader] = (await createUsers("reader")) as [TestUser];
  const channels = await Promise.all(
    Array.from({ length: channelCount }, () => createChannelFor(workspace.ann, [reader])),
  );
  annsChannels = channels;
  adminsChannels = await Promise.all(
    Array.from({ length: 20 }, () => createChannelFor(workspace.admin, [], { isPrivate: true })),
  );
  await Promise.all(channels.map((id) => postIndexed(workspace.ann, id, ["worst case", "worst"])));
  for (let archived = 0; archived < 5; archived++) {
    const { body } = await reader.call("POST", "/v1/channels", { name: "Namesake" });
    await waitForIndex(body.id);
    if (archived < 4) await reader.call("DELETE", `/v1/channels/${body.id}`);
    await waitForIndex(body.id);
  }
  names = await Promise.all(
    channels.map(async (id) => (await reader.call("GET", `/v1/channels/${id}`)).body.name as string),
  );
}, 60_000);
let names: string[];
let annsChannels: string[];
let adminsChannels: string[];

/** Spellings of one name that differ in capitals. */
const spellings = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, bits) =>
    [...name].map((letter, at) => ((bits >> at) & 1 ? letter.toUpperCase() : letter.toLowerCase())).join(""),
  );

/**
 * The most expensive inputs, by endpoint and the input's name in the table; any other row stands for the
 * endpoint's sample.
 */
const inputs: Record<string, () => EndpointSample | Promise<EndpointSample>> = {
  "updateGroup: 100 members": async () => {
    const { admin } = workspace;
    const { id: groupId } = await groupOf(admin);
    await fillGroup(groupId, 100);
    return { as: admin, params: { groupId }, body: { name: "Renamed" } };
  },
  "searchMessages: hits in 25 channels": () => ({ as: reader, query: { q: "worst", limit: "100" } }),
  "searchMessages: 25 channels by name and hits in all of them": () => ({
    as: reader,
    query: { q: `${names.map((name) => `in:"${name}"`).join(" OR ")} worst`.slice(0, 500), limit: "100" },
  }),
  "searchMessages: one name in 30 spellings, which 5 channels had": () => ({
    as: reader,
    query: {
      q: spellings("namesake", 30)
        .map((name) => `in:${name}`)
        .join(" OR "),
      limit: "100",
    },
  }),
  "searchMessages: 20 people": () => ({
    as: reader,
    query: { q: Array.from({ length: 20 }, (_, at) => `-from:${at % 2 ? "ME" : reader.username}`).join(" ") },
  }),
  "searchFiles: hits in 25 channels": () => ({ as: reader, query: { q: "worst -pdf", limit: "100" } }),
  "searchChannels: 25 channels": () => ({ as: reader, query: { q: "channel", limit: "100" } }),
  "createEventSubscription: 25 channels": () => ({
    as: workspace.admin,
    body: { name: "many", url: sampleUrl, events: ["messageCreate"], channelIds: annsChannels },
  }),
  "createInvite: 20 channels": () => ({
    as: workspace.admin,
    body: { channelIds: adminsChannels },
  }),
  "readAll: 25 unread channels": () => ({ as: reader }),
  "getPresence: 200 made-up ids": () => ({
    as: reader,
    query: { userIds: Array.from({ length: 200 }, () => newId("usr")).join(",") },
  }),
};

/** Deletes the subscriptions of samples, which would read each event of later samples from its room. */
async function deleteSubscriptions(): Promise<void> {
  const { admin } = workspace;
  const { body } = await admin.call("GET", "/v1/event-subscriptions");
  for (const { id } of body.items) await admin.call("DELETE", `/v1/event-subscriptions/${id}`);
}

/** Endpoints that start a job. It ends before the next sample, because its calls would count for that one. */
const jobs: ReadonlySet<string> = new Set(["exportMe", "getJob", "eraseUser", "purgeChannel"]);

/** Returns the job of a response. */
const jobIn = (text: string): Job => (JSON.parse(text) as { job: Job }).job;

describe("[SR13] calls of each endpoint", () => {
  test("are bounded in docs/limits.md", () => {
    expect([...new Set(rows.map(({ name }) => name))].toSorted()).toEqual(endpointNames.toSorted());
    const named = new Set(rows.map(({ name, input }) => `${name}: ${input}`));
    expect(Object.keys(inputs).filter((input) => !named.has(input))).toEqual([]);
  });

  test.each(rows)("$name: $input", async ({ name, input, most }) => {
    const sample = (await inputs[`${name}: ${input}`]?.()) ?? (await endpointSamples[name]!(workspace));
    const { as, params, query = {}, body, headers } = sample;
    const path = `${fillPath(endpoints[name]!.path, params)}?${new URLSearchParams(query)}`;
    let status = 0;
    let text = "";
    const calls: CallCounts = await countCalls(async () => {
      // Includes the work that continues after the response.
      const context = createExecutionContext();
      const request = buildRequest(endpoints[name]!.method.toUpperCase(), path, {
        token: as?.token,
        ...(headers && { headers }),
        ...(body && { body: JSON.stringify(body) }),
      });
      const response = await app.fetch(request, env, context);
      ({ status } = response);
      text = await response.text();
      await waitOnExecutionContext(context);
    });
    await deleteSubscriptions();
    if (jobs.has(name)) await finishJob(jobIn(text));
    expect(status, text).toBeLessThan(400);
    expect(calls.objects, "calls of objects").toBeLessThanOrEqual(most.objects);
    expect(calls.databases, "calls of databases").toBeLessThanOrEqual(most.databases);
  });
});
