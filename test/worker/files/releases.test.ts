import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { createMessage, deleteMessage, updateMe } from "../../../src/protocol/index.ts";
import hubThree from "../../support/releases/hub-3.sql?raw";
import roomThree from "../../support/releases/room-3.sql?raw";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { createSession } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { chargedBytes, createStoredFile, fileStates } from "../../support/worker/fixtures/stored-files.ts";
import { writeDatabase } from "../../support/worker/objects/database.ts";
import { hubRows, hubStub, runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";
import { restoreSnapshot } from "../../support/worker/objects/object-snapshots.ts";

/** Ann, in the snapshots of release 3: one of her hub, another of an active channel of hers. */
const hubOwner = { userId: "usr_01M82NFD386ADA43B42ZNHDVDK", username: "ann-1" };
const hubAtMs = 1_795_385_964_701;
const member = { userId: "usr_01M82NVGA43NX4RWNG3H4JYXPY", username: "ann-1" };
const channelId = "chn_01M82NVGC5ATRNHS6H859E4Y82";
const roomAtMs = 1_795_386_361_522;

afterEach(() => void vi.useRealTimers());

test("[LG10] [FL8] [FL9] a room of release 3 accepts and deletes files", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: roomAtMs });
  await restoreSnapshot(env.ROOMS.getByName(channelId), roomThree);
  const ann = await createSession(member);
  await hubStub(ann.userId).admitAsMember(channelId);
  const before = (await listEvents(channelId, ann)).filter(({ type }) => type === "messageCreate");
  expect(before.every(({ data }) => (data as any).message.files.length === 0)).toBe(true);
  const { id } = await createStoredFile(ann);
  const message = await expectOk(createMessage, {
    as: ann,
    params: { channelId },
    body: { content: "", fileIds: [id] },
  });
  expect(message.files).toMatchObject([{ id }]);
  await expectOk(deleteMessage, { as: ann, params: { channelId, messageId: message.id } });
  await eventually(async () => Object.keys(await fileStates(ann)).length === 0, "the file to be deleted");
});

test("[LG10] [FL8] [FL10] [FL12] a hub of release 3 starts without files", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: hubAtMs });
  await restoreSnapshot(env.HUBS.getByName(hubOwner.userId), hubThree);
  await writeDatabase(
    "INSERT INTO users (id, email, email_key, username, username_key, display_name, display_name_key, role, password_hash, rev, created_at) VALUES (?, 'a@b.test', 'a@b.test', 'ann-1', 'ann-1', 'Ann', 'ann', 'member', '', 9, 0)",
    hubOwner.userId,
  );
  const ann = await createSession(hubOwner);
  expect([await hubRows(ann.userId, "files"), await chargedBytes(ann)]).toEqual([[], 0]);
  const [file, picture] = [await createStoredFile(ann), await createStoredFile(ann, { type: "image/png" })];
  const own = await createChannelFor(ann);
  await expectOk(createMessage, {
    as: ann,
    params: { channelId: own },
    body: { content: "", fileIds: [file.id] },
  });
  await expectOk(updateMe, { as: ann, body: { avatarFileId: picture.id } });
  await runHubAlarmAfter(ann.userId, 10_001);
  expect(await fileStates(ann)).toEqual({ [file.id]: "carried", [picture.id]: "avatar" });
  expect(await chargedBytes(ann)).toBe(8_192);
});
