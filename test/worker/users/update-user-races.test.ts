import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { accountDatabase, users } from "../../../src/db/index.ts";
import { findUser } from "../../../src/features/users/index.ts";
import { getMe, updateUser } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import {
  interceptDatabase,
  rejectAsUnreachable,
  restoreDatabases,
  sqlOf,
} from "../../support/worker/fakes/database-interceptor.ts";
import { pauseNextCall } from "../../support/worker/fakes/paused-call.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";
import { evictHub, hubStub, runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";

let owner: TestUser;
let admin: TestUser;
let bob: TestUser;

beforeEach(async () => {
  await accountDatabase(env).update(users).set({ role: "member" }).where(eq(users.role, "owner"));
  owner = await createUser("owner", { role: "owner" });
  [admin, bob] = [await createUser("admin", { role: "admin" }), await createUser("bob")];
});
afterEach(() => {
  vi.useRealTimers();
  onFailpoint(undefined);
  restoreDatabases();
});

const rowOf = ({ userId }: TestUser) => findUser(accountDatabase(env), userId);
const change = (as: TestUser, { userId }: TestUser, body: object) =>
  callEndpoint(updateUser, { as, params: { userId }, body });
const factsInHub = async ({ userId, sessionId }: TestUser) => {
  const outcome = await hubStub(userId).checkSession(sessionId);
  return outcome.ok ? outcome.value.role : outcome.problem.code;
};

describe("two concurrent changes", () => {
  test("[CH4] a role and a suspension both hold", async () => {
    for (let round = 0; round < 5; round++) {
      const who = await createUser("who");
      const answers = await Promise.all([
        change(admin, who, { role: "admin" }),
        change(owner, who, { active: false }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      expect(await rowOf(who)).toMatchObject({ role: "admin", active: false, rev: 3 });
      expect(await factsInHub(who)).toBe("unauthenticated");
    }
  });

  test("[CH4] of two admins who demote or suspend each other, one succeeds", async () => {
    for (const body of [{ role: "member" }, { active: false }]) {
      const [one, two] = [
        await createUser("one", { role: "admin" }),
        await createUser("two", { role: "admin" }),
      ];
      const answers = await Promise.all([change(one, two, body), change(two, one, body)]);
      expect(answers.map(({ status }) => status).sort()[0]).toBe(200);
      const rows = await Promise.all([rowOf(one), rowOf(two)]);
      expect(rows.filter((row) => row!.role === "admin" && row!.active)).toHaveLength(1);
    }
  });

  test("[CH4] a workspace transferred to ten users at once always has one owner", async () => {
    const heirs = await createUsers(..."abcdefghij");
    const answers = await Promise.all(heirs.map((heir) => change(owner, heir, { role: "owner" })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status, body } of answers)
      if (status !== 200) expect(["forbidden", "conflict"]).toContain(body.code);
    const owners = await databaseRows<{ id: string }>("SELECT id FROM users WHERE role = 'owner'");
    expect(owners.map(({ id }) => id)).toEqual([
      heirs[answers.findIndex(({ status }) => status === 200)]!.userId,
    ]);
    expect(await rowOf(owner)).toMatchObject({ role: "admin" });
    expect(await factsInHub(owner)).toBe("admin");
  });

  test("[CH4] a user suspended during the transfer does not become owner", async () => {
    const pausedUpdate = pauseNextCall((call) => sqlOf(call).startsWith('update "users"'), "before D1");
    const transfer = change(owner, bob, { role: "owner" });
    await pausedUpdate.reached();
    await accountDatabase(env).update(users).set({ active: false, rev: 2 }).where(eq(users.id, bob.userId));
    pausedUpdate.release();
    expect((await transfer).body.code).toBe("conflict");
    expect(await rowOf(owner)).toMatchObject({ role: "owner" });
    expect(await rowOf(bob)).toMatchObject({ role: "member", active: false });
  });
});

describe("crash between D1 and the hub", () => {
  test("[CH4] a committed suspension takes effect without the request", async () => {
    const channelId = await createChannelFor(await createUser("ann"), [bob]);
    const socket = await bob.connect(channelId);
    crashOnceAt("account:after-record");
    expect((await change(admin, bob, { active: false })).status).toBe(500);
    expect(await rowOf(bob)).toMatchObject({ active: false });
    await evictHub(bob.userId);
    expect(await factsInHub(bob), "the hub is behind").toBe("member");
    expect(await runHubAlarmAfter(bob.userId, 6_000)).toBe(true);
    expect(await socket.closed).toMatchObject({ code: 4401 });
    expect(await expectRejected(getMe, { as: bob })).toMatchObject({ code: "unauthenticated" });
  });

  test("[CH4] a repeated request is answered only once the hub has the change", async () => {
    const socket = await bob.connect(await createChannelFor(await createUser("ann"), [bob]));
    crashOnceAt("account:after-record");
    expect((await change(admin, bob, { active: false })).status).toBe(500);
    expect((await change(admin, bob, { active: false })).status).toBe(200);
    expect(await factsInHub(bob)).toBe("unauthenticated");
    expect(await socket.closed).toMatchObject({ code: 4401 });
  });

  test("[CH4] a committed transfer reaches both hubs without the request", async () => {
    crashOnceAt("account:after-record");
    expect((await change(owner, bob, { role: "owner" })).status).toBe(500);
    expect([await factsInHub(owner), await factsInHub(bob)]).toEqual(["owner", "member"]);
    for (const who of [owner, bob]) expect(await runHubAlarmAfter(who.userId, 6_000)).toBe(true);
    expect([await factsInHub(owner), await factsInHub(bob)]).toEqual(["admin", "owner"]);
  });

  test("[CH4] a change whose D1 response is lost takes effect and can be repeated", async () => {
    interceptDatabase(async (trip) => {
      const done = await trip.run();
      return sqlOf(trip).startsWith('update "users"') ? rejectAsUnreachable() : done;
    });
    expect((await change(admin, bob, { active: false })).status).toBe(503);
    restoreDatabases();
    expect(await runHubAlarmAfter(bob.userId, 6_000)).toBe(true);
    expect(await factsInHub(bob)).toBe("unauthenticated");
    expect(
      await expectOk(updateUser, { as: admin, params: { userId: bob.userId }, body: { active: false } }),
    ).toMatchObject({
      active: false,
    });
  });

  test("[CH4] a change that D1 never received has no effect", async () => {
    interceptDatabase((trip) =>
      sqlOf(trip).startsWith('update "users"') ? rejectAsUnreachable() : trip.run(),
    );
    expect((await change(owner, bob, { role: "owner" })).status).toBe(503);
    restoreDatabases();
    for (const who of [owner, bob]) expect(await runHubAlarmAfter(who.userId, 6_000)).toBe(true);
    expect([await factsInHub(owner), await factsInHub(bob)]).toEqual(["owner", "member"]);
  });
});
