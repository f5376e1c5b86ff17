import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { AppError } from "../../../src/errors/app-error.ts";
import { newId } from "../../../src/lib/ids.ts";
import { requireFile } from "../../../src/features/files/require-file.ts";
import { createMessage, type FileRef, openDirectMessage, updateMe } from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { disconnectBucket, restoreBucket } from "../../support/worker/fakes/failing-bindings.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createStoredFile, fileStates } from "../../support/worker/fixtures/stored-files.ts";
import { hubStub, runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";

/** The readers: the author of all files, a member of each channel, a non-member, and the workspace's admin. */
let [ann, bob, eve]: TestUser[] = [];
let admin: TestUser;
beforeAll(async () => {
  [ann, bob, eve] = await createUsers("ann", "bob", "eve");
  admin = await createUser("admin", { role: "admin" });
});

const actorOf = ({ userId, sessionId }: TestUser, role: "member" | "admin" = "member") => ({
  userId,
  sessionId,
  role,
});

/** Returns the result of a download: `yes`, or the error. */
async function reads(who: TestUser, { id }: Pick<FileRef, "id">): Promise<string> {
  try {
    const row = await requireFile(env, actorOf(who, who === admin ? "admin" : "member"), id);
    return row.id === id ? "yes" : "another";
  } catch (error) {
    return error instanceof AppError ? `${error.code} ${error.message}` : String(error);
  }
}
const no = "not_found No such file";
const all = async (file: Pick<FileRef, "id">) => ({
  ann: await reads(ann!, file),
  bob: await reads(bob!, file),
  eve: await reads(eve!, file),
  admin: await reads(admin, file),
});

const send = async (channelId: string, file: FileRef): Promise<string> =>
  (
    await expectOk(createMessage, {
      as: ann,
      params: { channelId },
      body: { content: "", fileIds: [file.id] },
    })
  ).id;

describe("[FL7] a file is readable", () => {
  test("by no user if it is missing or incomplete", async () => {
    const fileId = newId("fil");
    await hubStub(ann!.userId).reserveFile({ fileId, key: "k", sizeBytes: 1 });
    const none = { ann: no, bob: no, eve: no, admin: no };
    expect(await all({ id: fileId })).toEqual(none);
    expect(await all({ id: newId("fil") })).toEqual(none);
    await hubStub(ann!.userId).abandonFile(fileId);
  });

  test("only by its uploader until it is in a message", async () => {
    expect(await all(await createStoredFile(ann!))).toEqual({ ann: "yes", bob: no, eve: no, admin: no });
  });

  test("by every user in a public channel, at once and later", async () => {
    const file = await createStoredFile(ann!);
    await send(await createChannelFor(ann!, [bob!]), file);
    const everybody = { ann: "yes", bob: "yes", eve: "yes", admin: "yes" };
    expect(await all(file)).toEqual(everybody);
    await runHubAlarmAfter(ann!.userId, 10_001);
    vi.useRealTimers();
    expect((await fileStates(ann!))[file.id]).toBe("carried");
    expect(await all(file)).toEqual(everybody);
  });

  test("by members of a private channel until their removal, and by its uploader", async () => {
    const file = await createStoredFile(ann!);
    const channelId = await createChannelFor(bob!, [ann!, eve!], { isPrivate: true });
    await send(channelId, file);
    expect(await all(file)).toEqual({ ann: "yes", bob: "yes", eve: "yes", admin: no });
    await bob!.call("DELETE", `/v1/channels/${channelId}/members/${eve!.userId}`);
    await bob!.call("DELETE", `/v1/channels/${channelId}/members/${ann!.userId}`);
    expect(await all(file)).toEqual({ ann: "yes", bob: "yes", eve: no, admin: no });
  });

  test("no longer by outsiders once the channel is private", async () => {
    const file = await createStoredFile(ann!);
    const channelId = await createChannelFor(ann!, [bob!]);
    await send(channelId, file);
    await ann!.call("PATCH", `/v1/channels/${channelId}`, { isPrivate: true });
    expect(await all(file)).toEqual({ ann: "yes", bob: "yes", eve: no, admin: no });
  });

  test("in an archived channel as before", async () => {
    const file = await createStoredFile(ann!);
    const channelId = await createChannelFor(ann!, [bob!], { isPrivate: true });
    await send(channelId, file);
    await ann!.call("DELETE", `/v1/channels/${channelId}`);
    expect(await all(file)).toEqual({ ann: "yes", bob: "yes", eve: no, admin: no });
  });

  test("by the members of the direct message, and no admin", async () => {
    const file = await createStoredFile(ann!);
    const { id } = await expectOk(openDirectMessage, { as: ann, body: { userIds: [bob!.userId] } });
    await send(id, file);
    expect(await all(file)).toEqual({ ann: "yes", bob: "yes", eve: no, admin: no });
  });

  test("by no user once its message is deleted, even while R2 still has it", async () => {
    const file = await createStoredFile(ann!);
    const channelId = await createChannelFor(ann!, [bob!]);
    const messageId = await send(channelId, file);
    disconnectBucket();
    await ann!.call("DELETE", `/v1/channels/${channelId}/messages/${messageId}`);
    expect(await reads(bob!, file), "the room is up to date at once").toBe(no);
    await eventually(async () => (await fileStates(ann!))[file.id] === "deleting", "the hub to be notified");
    expect(await all(file)).toEqual({ ann: no, bob: no, eve: no, admin: no });
    restoreBucket();
  });

  test("by every user as an avatar, and by none once it is replaced", async () => {
    const picture = { type: "image/png" };
    const [one, two] = [await createStoredFile(ann!, picture), await createStoredFile(ann!, picture)];
    await expectOk(updateMe, { as: ann, body: { avatarFileId: one.id } });
    expect(await all(one)).toEqual({ ann: "yes", bob: "yes", eve: "yes", admin: "yes" });
    await expectOk(updateMe, { as: ann, body: { avatarFileId: two.id } });
    expect(await all(one)).toEqual({ ann: no, bob: no, eve: no, admin: no });
  });

  test("by no new user while its message is in flight", async () => {
    const file = await createStoredFile(ann!);
    const channelId = await createChannelFor(ann!, [bob!]);
    await hubStub(ann!.userId).claimFiles({ key: "k", channelId }, [file.id]);
    expect(await all(file)).toEqual({ ann: "yes", bob: no, eve: no, admin: no });
    // A room that was never created stores and reveals nothing.
    const other = await createStoredFile(ann!);
    await hubStub(ann!.userId).claimFiles({ key: "k", channelId: newId("chn") }, [other.id]);
    expect(await reads(bob!, other)).toBe(no);
  });
});
