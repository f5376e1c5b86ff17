import { afterEach, expect, test, vi } from "vitest";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import { ChannelRoom } from "../../../src/channel-object/index.ts";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import {
  buildRequest,
  comparableResponse,
  sendWithBindings,
} from "../../support/worker/clients/raw-requests.ts";
import {
  interceptDatabase,
  isProjectionBatch,
  rejectAsUnreachable,
  restoreDatabases,
  sqlOf,
} from "../../support/worker/fakes/database-interceptor.ts";
import { recordingBindings } from "../../support/worker/fakes/recording-bindings.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import {
  expectNamesReserved,
  nameClaims,
  requestArchive,
  requestUnarchive,
  statusOf,
} from "../../support/worker/fixtures/channel-names.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";
import { runScheduledTask } from "../../support/worker/objects/projection.ts";

afterEach(() => {
  vi.restoreAllMocks();
  restoreDatabases();
});

const createNamed = (who: TestUser, name: string, isPrivate = false) =>
  who.call("POST", "/v1/channels", { name, isPrivate });
const updateChannel = (who: TestUser, id: string, body: object) =>
  who.call("PATCH", `/v1/channels/${id}`, body);

/** Returns a response and the steps to it, without ids and times, which differ from channel to channel. */
async function comparableTrace(who: TestUser, method: string, path: string, body?: object) {
  const { steps, bindings } = recordingBindings(who.userId);
  const sent = buildRequest(method, path, { token: who.token, ...(body && { body: JSON.stringify(body) }) });
  const answer = await comparableResponse(await sendWithBindings(bindings, sent));
  return {
    steps,
    answer: answer
      .replaceAll(/(chn|usr)_[0-9A-Z]{26}/g, "$1")
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "time")
      .replaceAll(/"epoch":"[^"]+"/g, "epoch"),
  };
}

test("[NM3] requests take the same steps if a private channel has the name", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const hiddenName = "layoffs 2027";
  await createNamed(ann, hiddenName, true);
  /**
   * One request for each command that sets a name. Each creates its own channel, and afterwards its name is free
   * again.
   */
  const attempts = {
    create: async (name: string) => {
      const trace = await comparableTrace(bob, "POST", "/v1/channels", { name });
      const [row] = await databaseRows<{ id: string }>(
        "SELECT channel_id AS id FROM channel_names WHERE name_key = ?",
        name,
      );
      return { got: trace, id: row!.id };
    },
    "create private": async (name: string) => ({
      got: await comparableTrace(bob, "POST", "/v1/channels", { name, isPrivate: true }),
      id: undefined,
    }),
    rename: async (name: string) => {
      const { id } = (await createNamed(bob, "rename from")).body;
      return { got: await comparableTrace(bob, "PATCH", `/v1/channels/${id}`, { name }), id };
    },
    "bring back": async (name: string) => {
      const { id } = (await createNamed(bob, "come back")).body;
      await requestArchive(bob, id);
      return {
        got: await comparableTrace(bob, "PATCH", `/v1/channels/${id}`, { archived: false, name }),
        id,
      };
    },
    hide: async (name: string) => {
      const { id } = (await createNamed(bob, "hide me")).body;
      return {
        got: await comparableTrace(bob, "PATCH", `/v1/channels/${id}`, { isPrivate: true, name }),
        id,
      };
    },
  };
  for (const [how, attempt] of Object.entries(attempts)) {
    const results = [];
    for (const name of [hiddenName, "nothing 2027"]) {
      const { got: trace, id } = await attempt(name);
      if (id) await requestArchive(bob, id);
      results.push({
        ...trace,
        answer: trace.answer.replaceAll(name, "name").replace(/content-length: \d+\n/, ""),
      });
    }
    expect(results[0], how).toEqual(results[1]);
    expect(results[0]!.answer, how).toMatch(/^20\d\n/);
  }
});

test("[NM3] public names are reserved among public channels; private ones share", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const open = (await createNamed(ann, "open door")).body.id as string;
  const own = (await createNamed(bob, "other door")).body.id as string;
  const hidden: string[] = [];
  for (const who of [ann, bob]) {
    const { status, body } = await createNamed(who, "Open Door", true);
    expect(status).toBe(201);
    hidden.push(body.id);
    expect(await statusOf(createNamed(who, "OPEN door", true)), "sent again").toBe(409);
  }
  // Channels that Bob is in but did not create, or is no longer in.
  const shared = (await createNamed(ann, "shared door", true)).body.id as string;
  await ann.call("POST", `/v1/channels/${shared}/members`, { userId: bob.userId, role: "owner" });
  hidden.push((await createNamed(bob, "shared door", true)).body.id);
  await ann.call("POST", `/v1/channels/${shared}/leave`);
  expect(await statusOf(createNamed(ann, "shared door", true))).toBe(201);
  expect(await statusOf(createNamed(bob, "OPEN DOOR"))).toBe(409);
  expect(await statusOf(updateChannel(bob, own, { name: "Open door" }))).toBe(409);
  expect(await statusOf(updateChannel(bob, own, { name: "open door", isPrivate: true }))).toBe(200);
  await requestArchive(bob, hidden[1]!);
  expect(await statusOf(requestUnarchive(bob, hidden[1]!))).toBe(200);
  expect(await statusOf(updateChannel(bob, hidden[2]!, { name: "open door" }))).toBe(200);
  await expectNamesReserved(open, own, ...hidden);
});

test("[NM3] [NM1] a channel made private releases its name once D1 is updated", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const { id } = (await createNamed(ann, "once open")).body;
  expect(await statusOf(updateChannel(ann, id, { isPrivate: true }))).toBe(200);
  expect(await nameClaims(id)).toEqual([]);
  const other = (await createNamed(bob, "ONCE OPEN")).body.id as string;
  await requestArchive(ann, id);
  expect(await statusOf(requestUnarchive(ann, id))).toBe(200);
  await expectNamesReserved(id, other);
});

test("[NM2] [NM3] concurrent renames and hiding: only live public channels hold names", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const ids: string[] = [];
  for (let round = 0; round < 8; round++) {
    const { id } = (await createNamed(ann, `race ${round}`)).body;
    ids.push(id);
    const answers = await Promise.all([
      updateChannel(ann, id, { name: `renamed ${round}` }),
      updateChannel(ann, id, { isPrivate: true }),
      updateChannel(ann, id, { name: `again ${round}`, isPrivate: true }),
      updateChannel(ann, id, { name: `renamed ${round}` }),
    ]);
    for (const { status, body } of answers) if (status > 299) expect(body.code).toBe("conflict");
  }
  await expectNamesReserved(...ids);
  for (let round = 0; round < 8; round++)
    for (const name of [`race ${round}`, `renamed ${round}`, `again ${round}`])
      expect(await statusOf(createNamed(bob, name)), "nothing blocks a name").toBe(201);
});

test("[NM3] [PJ3] a private channel is renamed while D1 is down; its name follows", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const { id } = (await createNamed(ann, "going dark")).body;
  interceptDatabase((call) => (isProjectionBatch(call) ? rejectAsUnreachable() : call.run()));
  // In force in the room but not confirmed: D1 may still show it.
  expect(await statusOf(updateChannel(ann, id, { isPrivate: true }))).toBe(503);
  expect(await statusOf(updateChannel(ann, id, { name: "dark" }))).toBe(200);
  expect(await statusOf(createNamed(bob, "going dark")), "D1 is behind").toBe(409);
  restoreDatabases();
  await eventually(async () => {
    await runScheduledTask(id);
    return (await nameClaims(id)).length === 0;
  }, "the name to be released");
  expect(await statusOf(createNamed(bob, "going dark"))).toBe(201);
  await expectNamesReserved(id);
  await expectDatabaseMatchesLog(id);
});

test("[NM3] [LG9] a failed private creation leaves no row; a retry creates it once", async () => {
  const [ann] = (await createUsers("ann")) as [TestUser];
  const directory = () => databaseRows("SELECT channel_id FROM channel_directory ORDER BY channel_id");
  const before = await directory();
  vi.spyOn(UserHub.prototype, "admitAsMember").mockImplementationOnce(async () => {
    throw Object.assign(new Error("Durable Object is overloaded."), { overloaded: true });
  });
  expect(await statusOf(createNamed(ann, "secret", true))).toBe(503);
  expect(await directory()).toEqual(before);
  const create = ChannelRoom.prototype.create;
  vi.spyOn(ChannelRoom.prototype, "create").mockImplementationOnce(async function (this: ChannelRoom, input) {
    await create.call(this, input);
    throw Object.assign(new Error("Network connection lost."), { retryable: true });
  });
  const { status, body } = await createNamed(ann, "secret", true);
  expect(status).toBe(201);
  expect((await directory()).length).toBe(before.length + 1);
  expect((await ann.call("GET", `/v1/channels/${body.id}/events`)).body.seq).toBe(2);
});

test("[NM3] no statement about names is sent for a private channel", async () => {
  const [ann] = (await createUsers("ann")) as [TestUser];
  const seen: string[] = [];
  interceptDatabase((call) => {
    seen.push(sqlOf(call));
    return call.run();
  });
  const { id } = (await createNamed(ann, "quiet", true)).body;
  await updateChannel(ann, id, { name: "quieter" });
  await requestArchive(ann, id);
  await requestUnarchive(ann, id);
  expect(seen.length).toBeGreaterThan(3);
  expect(seen.filter((text) => text.includes("channel_names"))).toEqual([]);
});
