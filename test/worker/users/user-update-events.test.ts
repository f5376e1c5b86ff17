import { abortAllDurableObjects } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { newId } from "../../../src/lib/ids.ts";
import { accountDatabase } from "../../../src/db/index.ts";
import { findUser, updateProfile } from "../../../src/features/users/queries.ts";
import { accountFacts, presentSelf } from "../../../src/features/users/index.ts";
import { getMe, updateMe, updateUser } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { connectHub } from "../../support/worker/clients/object-sockets.ts";
import { helloPosition, typesOf, userEventsOf } from "../../support/worker/clients/received-events.ts";
import { crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import { createSession, createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createNotice, sendNotices } from "../../support/worker/fixtures/notices.ts";
import { hubLog, hubRows, hubStub, runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  onFailpoint(undefined);
});

/** Returns the account's events in the user's log, in order. */
const accountEvents = async ({ userId }: TestUser) =>
  (await hubLog(userId)).filter(({ type }) => type === "userUpdate").map(({ data }) => data.user);

describe("[OE4] a change of one's own account", () => {
  test("is sent to every device, live and on resume, with the current account", async () => {
    const ann = await createUser("ann");
    const sockets = [await connectHub(ann), await connectHub(await createSession(ann))];
    const user = await expectOk(updateMe, {
      as: ann,
      body: { displayName: "Ann Ä.", timeZone: "Europe/Berlin" },
    });
    sockets.push(await connectHub(ann, { since: 0 }));
    for (const socket of sockets) {
      await socket.waitForSeq(1);
      expect(userEventsOf(socket)).toMatchObject([{ type: "userUpdate", seq: 1, data: { user } }]);
    }
    expect(user).toEqual(await expectOk(getMe, { as: ann }));
    expect(await hubRows(ann.userId, "due")).toMatchObject([{ key: "expiry" }]);
  });

  test("is sent once for a repeated request; a change without effect is not sent", async () => {
    const ann = await createUser("ann");
    for (const body of [{ displayName: "A" }, { displayName: "A" }, {}, { timeZone: null }])
      await expectOk(updateMe, { as: ann, body });
    expect(await accountEvents(ann)).toHaveLength(1);
  });

  test("by an admin is sent only to the changed user", async () => {
    const [boss, ann] = [await createUser("boss", { role: "admin" }), await createUser("ann")];
    const [hers, theirs] = [await connectHub(ann), await connectHub(boss)];
    for (const _ of [1, 2])
      await expectOk(updateUser, { as: boss, params: { userId: ann.userId }, body: { role: "admin" } });
    await hers.waitForSeq(1);
    await sendNotices(boss.userId, newId("chn"), createNotice(1));
    await theirs.waitForSeq(1);
    expect(typesOf(userEventsOf(theirs))).toEqual(["notificationCreate"]);
    expect(await accountEvents(ann)).toMatchObject([
      { id: ann.userId, role: "admin", email: `${ann.username}@parley.test` },
    ]);
  });

  test("is sent to both users of a transferred workspace", async () => {
    const [owner, ann] = [await createUser("owner", { role: "owner" }), await createUser("ann")];
    await expectOk(updateUser, { as: owner, params: { userId: ann.userId }, body: { role: "owner" } });
    expect([await accountEvents(owner), await accountEvents(ann)]).toMatchObject([
      [{ role: "admin" }],
      [{ role: "owner" }],
    ]);
    await expectOk(updateUser, { as: ann, params: { userId: owner.userId }, body: { role: "owner" } });
  });

  test("that suspends is the last event before the sockets close", async () => {
    const [boss, ann] = [await createUser("boss", { role: "admin" }), await createUser("ann")];
    const socket = await connectHub(ann);
    await expectOk(updateUser, { as: boss, params: { userId: ann.userId }, body: { active: false } });
    expect(await socket.closed).toMatchObject({ code: 4401 });
    expect(userEventsOf(socket)).toMatchObject([{ type: "userUpdate", data: { user: { active: false } } }]);
  });

  test("is sent once, by an alarm, if the process crashed after the commit", async () => {
    const ann = await createUser("ann");
    const position = helloPosition(await connectHub(ann));
    crashOnceAt("account:after-record");
    expect((await callEndpoint(updateMe, { as: ann, body: { displayName: "Anna" } })).status).toBe(500);
    await abortAllDurableObjects();
    expect(await accountEvents(ann)).toEqual([]);
    await runHubAlarmAfter(ann.userId, 6_000);
    await runHubAlarmAfter(ann.userId, 61_000);
    const back = await connectHub(ann, { since: position.seq, epoch: position.epoch });
    await back.waitForSeq(1);
    expect(userEventsOf(back)).toMatchObject([{ data: { user: { displayName: "Anna" } } }]);
    expect(await accountEvents(ann)).toHaveLength(1);
  });

  test("is sent also if another change or session followed the crash", async () => {
    const ann = await createUser("ann");
    crashOnceAt("account:after-record");
    await callEndpoint(updateMe, { as: ann, body: { displayName: "Anna" } });
    const row = (await findUser(accountDatabase(env), ann.userId))!;
    await hubStub(ann.userId).createSession({ account: accountFacts(row), device: "d", addressPrefix: "a" });
    await runHubAlarmAfter(ann.userId, 6_000);
    expect(await accountEvents(ann)).toMatchObject([{ displayName: "Anna" }]);
  });

  test("that is older than the stored one has no effect", async () => {
    const ann = await createUser("ann");
    const rows = [
      await updateProfile(accountDatabase(env), ann.userId, { displayName: "first" }),
      await updateProfile(accountDatabase(env), ann.userId, { timeZone: "Asia/Tokyo" }),
    ];
    for (const row of rows.toReversed())
      await hubStub(ann.userId).applyAccount(accountFacts(row!), { self: presentSelf(row!) });
    expect(await accountEvents(ann)).toMatchObject([{ displayName: "first", timeZone: "Asia/Tokyo" }]);
  });

  test("announces nothing while D1 is down", async () => {
    const ann = await createUser("ann");
    vi.spyOn(env.DB, "prepare").mockImplementation(() => {
      throw new Error("D1_ERROR: no answer");
    });
    for (const displayName of ["a", "b", "c"])
      expect((await callEndpoint(updateMe, { as: ann, body: { displayName } })).status).toBe(503);
    expect((await hubRows(ann.userId, "due")).map(({ key }) => key)).toEqual(["expiry"]);
  });
});
