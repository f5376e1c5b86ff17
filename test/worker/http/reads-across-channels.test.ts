import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { endpoints, searchMessages } from "../../../src/protocol/index.ts";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { buildRequest, expectProblem, sendWithBindings } from "../../support/worker/clients/raw-requests.ts";
import {
  interceptDatabase,
  interceptSearchIndex,
  rejectAsUnreachable,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { countHops } from "../../support/worker/fakes/hop-counter.ts";
import { createSession, createUser } from "../../support/worker/fixtures/accounts.ts";
import {
  createSampleWorkspace,
  endpointSamples,
  fillPath,
  type SampleWorkspace,
} from "../../support/worker/fixtures/endpoint-samples.ts";
import { waitForProjections } from "../../support/worker/objects/projection.ts";
import { waitForIndex } from "../../support/worker/objects/search-index.ts";

/** The dependent hops of the reads that belong to no channel. Another hop of a search or a list: rooms confirm what was found. */
const hops: Record<string, number> = {
  getUnreads: 1,
  getChannels: 1,
  getNotifications: 1,
  getSessions: 1,
  getStatus: 1,
  getMe: 1,
  getUsers: 1,
  getUser: 1,
  getPresence: 2,
  getUserPresence: 2,
  getThreads: 2,
  searchUsers: 1,
  searchMessages: 2,
  searchChannels: 2,
  searchFiles: 1,
};
const names = Object.keys(hops);

let workspace: SampleWorkspace;
/** A valid token of an ended session. */
let ended: { token: string };

beforeAll(async () => {
  workspace = await createSampleWorkspace();
  const { ann, bob, channelId, messageId } = workspace;
  await bob.call("POST", `/v1/channels/${channelId}/messages/${messageId}/thread`, { content: "a reply" });
  await waitForProjections(channelId);
  await waitForIndex(channelId);
  ended = await createSession(ann);
  await (ended as Awaited<ReturnType<typeof createSession>>).call("POST", "/v1/auth/logout");
});

afterEach(() => {
  restoreDatabases();
  vi.restoreAllMocks();
});

const requestOf = async (name: string, as?: { token: string }) => {
  const sample = await endpointSamples[name]!(workspace);
  return () => callEndpoint(endpoints[name]!, { ...sample, ...(as && { as }) } as never);
};

test.each(names)("[AC4] %s asks the hub and the database at the same time", async (name) => {
  // Presence caches which users exist.
  const { userId } = await createUser("unknown");
  const sample = await endpointSamples[name]!(workspace);
  const params = name === "getUserPresence" ? { userId } : sample.params;
  const query = name === "getPresence" ? { userIds: userId } : sample.query;
  const counted = await countHops(() =>
    callEndpoint(endpoints[name]!, { ...sample, params, query } as never),
  );
  expect(counted).toBe(hops[name]);
});

test("[AC4] [SR10] search takes one hop if nothing is found", async () => {
  const query = { q: newId("msg").toLowerCase() };
  expect(await countHops(() => expectOk(searchMessages, { as: workspace.ann, query }))).toBe(1);
});

describe.each(names)("%s of an ended session", (name) => {
  test("[AC4] answers 401 while the databases do not respond", async () => {
    const send = await requestOf(name, ended);
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const hold = async ({ run }: { run(): Promise<unknown> }) => {
      await released;
      return run();
    };
    interceptDatabase(hold);
    interceptSearchIndex(hold);
    const { status, body } = await send();
    expect([status, body.code]).toEqual([401, "unauthenticated"]);
    release();
  });

  test("[AC4] [ER1] answers 401 while the databases fail", async () => {
    const send = await requestOf(name, ended);
    interceptDatabase(rejectAsUnreachable);
    interceptSearchIndex(rejectAsUnreachable);
    expect((await send()).body.code).toBe("unauthenticated");
  });

  test("[AC4] answers 401 to an invalid query and an unknown id", async () => {
    const { method, path } = endpoints[name]!;
    const filled = fillPath(path, { userId: newId("usr") });
    const request = buildRequest(method.toUpperCase(), `${filled}?limit=x&cursor=x&unknown=1`, {
      token: ended.token,
    });
    await expectProblem(await sendWithBindings({}, request), "unauthenticated");
  });
});

test("[AC4] [SR6] operators that need a database: 401 while it does not respond", async () => {
  interceptDatabase(() => new Promise(() => {}));
  interceptSearchIndex(() => new Promise(() => {}));
  for (const q of [
    `from:@${workspace.bob.username} hi`,
    "in:#general hi",
    "after:2026-01-01 hi",
    "from:me hi",
  ]) {
    const { body } = await callEndpoint(searchMessages, { as: ended, query: { q } });
    expect(body.code, q).toBe("unauthenticated");
  }
});

test("[SR6] names take one hop more, and channels another one for their rooms", async () => {
  const { ann, bob } = workspace;
  const hopsOf = (q: string) => countHops(() => expectOk(searchMessages, { as: ann, query: { q } }));
  const missing = newId("msg").toLowerCase();
  expect(await hopsOf(`from:me ${missing}`)).toBe(1);
  expect(await hopsOf(`from:@${bob.username} ${missing}`)).toBe(2);
  expect(await hopsOf(`in:${workspace.channelId} ${missing}`)).toBe(3);
});

test.each(names)("[AC4] %s sends nothing before the hub has confirmed the session", async (name) => {
  const send = await requestOf(name);
  const { checkSession } = UserHub.prototype;
  const { promise: confirmed, resolve: confirm } = Promise.withResolvers<void>();
  vi.spyOn(UserHub.prototype, "checkSession").mockImplementation(async function (this: UserHub, ...args) {
    await confirmed;
    return checkSession.apply(this, args);
  });
  let isAnswered = false;
  const sent = send().finally(() => (isAnswered = true));
  await scheduler.wait(60);
  expect(isAnswered).toBe(false);
  confirm();
  expect((await sent).status).toBe(200);
});
