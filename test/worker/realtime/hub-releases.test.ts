import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { unwrap } from "../../../src/rpc/rpc-result.ts";
import { accountDatabase, users } from "../../../src/db/index.ts";
import { getNotifications, getUserPresence, logout } from "../../../src/protocol/index.ts";
import hubTwo from "../../support/releases/hub-2.sql?raw";
import hubThree from "../../support/releases/hub-3.sql?raw";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { connectHub } from "../../support/worker/clients/object-sockets.ts";
import { helloPosition, typesOf, userEventsOf } from "../../support/worker/clients/received-events.ts";
import { fakeRoomSockets } from "../../support/worker/fakes/object-methods.ts";
import { createSession, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { sequenceFrom } from "../../support/worker/fixtures/frames.ts";
import {
  createMemberNotice,
  createNotice,
  sendNotices,
  sendReadState,
} from "../../support/worker/fixtures/notices.ts";
import { hubRows, hubStub } from "../../support/worker/objects/hub-object.ts";
import { dumpOf, loadSnapshot, restoreSnapshot } from "../../support/worker/objects/object-snapshots.ts";

/** Ann in the snapshot of release 2: four notifications, one more deferred by `dnd`, one socket to a room. */
const two = { userId: "usr_01M82AW3QV1Y2KZXDDCSDF9RT5", username: "ann-1" };
const twoAtMs = 1_795_374_847_334;
/** Ann in the snapshot of release 3: away, with user events of each kind, an idle device, one direct socket and one through a gateway. */
const three = { userId: "usr_01M82NFD386ADA43B42ZNHDVDK", username: "ann-1" };
const threeAtMs = 1_795_385_964_701;
const threeTicket = `${three.userId}.4Ftx4Ov2uOK5HvDWldX9OCzIbtC1B9jZsYVPRw4jrHM`;
const threeChannel = "chn_01M82NFD4JN9RMAS1Q6F05E2V9";

const opened = new Set<string>();
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Restores the hub and the time of the snapshot and opens a new session of its user. */
async function open(
  user: { userId: string; username: string },
  dump: string,
  atMs: number,
): Promise<TestUser> {
  vi.useFakeTimers({ toFake: ["Date"], now: atMs });
  if (!opened.has(user.userId)) await restoreSnapshot(env.HUBS.getByName(user.userId), dump);
  opened.add(user.userId);
  return createSession(user);
}

/** The user's row in D1. */
async function insertUser({ userId, username }: { userId: string; username: string }): Promise<void> {
  const names = { email: username, emailKey: username, username, usernameKey: username };
  const displayed = { displayName: username, displayNameKey: username };
  await accountDatabase(env)
    .insert(users)
    .values({ id: userId, ...names, ...displayed, role: "member", passwordHash: "none", createdAt: 1 });
}

test("[LG10] [PS6] the status and the sockets of release 2 are shown as they are", async () => {
  const ann = await open(two, hubTwo, twoAtMs);
  const asked = fakeRoomSockets(ann.userId);
  await insertUser(two);
  expect(await expectOk(getUserPresence, { as: ann, params: { userId: ann.userId } })).toMatchObject({
    presence: "dnd",
    custom: { text: "busy" },
    lastActiveAt: expect.any(String),
  });
  expect(unwrap(await hubStub(ann.userId).attachSocket(ann.sessionId, newId("chn"))).status.presence).toBe(
    "dnd",
  );
  expect(asked, "all that release 2 knew of were direct ones").not.toEqual([]);
});

test("[LG10] [OE1] a hub of release 2 resumes its events and appends new ones", async () => {
  const ann = await open(two, hubTwo, twoAtMs);
  const socket = await connectHub(ann, { since: 0 });
  await socket.waitForSeq(4);
  expect(typesOf(userEventsOf(socket))).toEqual(Array(4).fill("notificationCreate"));
  await sendNotices(ann.userId, newId("chn"), createMemberNotice(ann.userId, newId("chn"), 3, "memberJoin"));
  await socket.waitForSeq(5);
  expect(typesOf(userEventsOf(socket)).at(-1)).toBe("memberJoin");
  expect((await hubRows(ann.userId, "account"))[0]).toMatchObject({ rev: 1, told_rev: 1 });
});

test("[LG10] release 2 can write to today's schema", async () => {
  const ann = await open(two, hubTwo, twoAtMs);
  // The exact statements of release 2.
  await hubRows(ann.userId, "attachments");
  await restoreSnapshot(
    env.HUBS.getByName(ann.userId),
    `INSERT INTO attachments (session_id, channel_id) VALUES ('${ann.sessionId}', '${threeChannel}');
     INSERT INTO account (one, username, role, active, rev, credential_version) VALUES (1, 'ann-1', 'admin', 1, 2, 1)
       ON CONFLICT (one) DO UPDATE SET username = excluded.username, role = excluded.role, active = excluded.active,
         rev = excluded.rev, credential_version = excluded.credential_version;
     INSERT INTO room_calls (kind, channel_id, session_id, rev, at) VALUES ('facts', '${threeChannel}', '', 2, 1)`,
  );
  expect(unwrap(await hubStub(ann.userId).checkSession(ann.sessionId)).role).toBe("admin");
  await expectOk(logout, { as: ann });
});

test("[LG10] [OE1] [TK1] [PS4] a hub of release 3 keeps all of its data", async () => {
  expect(hubThree).toContain(three.userId);
  const ann = await open(three, hubThree, threeAtMs);
  const socket = await connectHub(ann, { since: 0, epoch: "YW45qohpRYY3" });
  await socket.waitForSeq(13);
  expect(userEventsOf(socket).map(({ seq }) => seq)).toEqual(sequenceFrom(1, 13));
  expect(helloPosition(socket).seq).toBe(13);
  const rest = await connectHub(ann, { since: 7 });
  await rest.waitForSeq(13);
  expect(typesOf(userEventsOf(rest))).toEqual([
    "channelCreate",
    "memberJoin",
    "notificationCreate",
    "userUpdate",
    "notificationRead",
    "readUpdate",
  ]);
  // Notices that it already stored change nothing.
  await sendNotices(
    ann.userId,
    threeChannel,
    createMemberNotice(ann.userId, threeChannel, 2, "memberJoin"),
    createNotice(29),
  );
  await sendReadState(ann.userId, threeChannel, 5, 15);
  expect(await expectOk(getNotifications, { as: ann })).toMatchObject({ seq: 13, lastReadSeq: 3, unread: 5 });
  const { status } = unwrap(await hubStub(ann.userId).attachSocket(ann.sessionId, newId("chn")));
  expect(status).toMatchObject({ presence: "away", custom: { emoji: "🌴", text: "away" }, rev: 1 });
  expect((await hubStub(ann.userId).redeemTicket(threeTicket)).ok).toBe(true);
});

test("[LG10] the snapshot of release 3 is complete", async () => {
  const stub = env.HUBS.getByName(newId("usr"));
  await loadSnapshot(stub, hubThree);
  expect(await dumpOf(stub)).toBe(hubThree.slice(hubThree.indexOf("\n") + 1));
});
