import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { AppError } from "../../../src/errors/app-error.ts";
import { newId } from "../../../src/lib/ids.ts";
import { requireFile } from "../../../src/features/files/require-file.ts";
import { createMessage, type FileRef, openDirectMessage, updateMe } from "../../../src/protocol/index.ts";
import { channelOf, people, type Person, person } from "../../support/worker/cast.ts";
import { ok } from "../../support/worker/endpoints.ts";
import { eventually } from "../../support/worker/eventually.ts";
import { breakBucket, fileOf, restoreBucket, statesOf } from "../../support/worker/files.ts";
import { alarmAfter, hubOf } from "../../support/worker/hubs.ts";

/** Whoever asks: the author of all files, a member of each channel, somebody else, and the workspace's admin. */
let [ann, bob, eve]: Person[] = [];
let admin: Person;
beforeAll(async () => {
  [ann, bob, eve] = await people("ann", "bob", "eve");
  admin = await person("admin", { role: "admin" });
});

const actorOf = ({ userId, sessionId }: Person, role: "member" | "admin" = "member") => ({
  userId,
  sessionId,
  role,
});

/** What reading comes to: `yes`, or the refusal. */
async function reads(who: Person, { id }: Pick<FileRef, "id">): Promise<string> {
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
  (await ok(createMessage, { as: ann, params: { channelId }, body: { content: "", fileIds: [file.id] } })).id;

describe("[FL7] a file is read", () => {
  test("by nobody where there is none, or none that is complete", async () => {
    const fileId = newId("fil");
    await hubOf(ann!.userId).reserveFile({ fileId, key: "k", sizeBytes: 1 });
    const none = { ann: no, bob: no, eve: no, admin: no };
    expect(await all({ id: fileId })).toEqual(none);
    expect(await all({ id: newId("fil") })).toEqual(none);
    await hubOf(ann!.userId).abandonFile(fileId);
  });

  test("by its uploader alone, until a message carries it", async () => {
    expect(await all(await fileOf(ann!))).toEqual({ ann: "yes", bob: no, eve: no, admin: no });
  });

  test("by everybody in a public channel, at once and later", async () => {
    const file = await fileOf(ann!);
    await send(await channelOf(ann!, [bob!]), file);
    const everybody = { ann: "yes", bob: "yes", eve: "yes", admin: "yes" };
    expect(await all(file)).toEqual(everybody);
    await alarmAfter(ann!.userId, 10_001);
    vi.useRealTimers();
    expect((await statesOf(ann!))[file.id]).toBe("carried");
    expect(await all(file)).toEqual(everybody);
  });

  test("by the members of a private channel, until they are removed; by its uploader afterwards too", async () => {
    const file = await fileOf(ann!);
    const channelId = await channelOf(bob!, [ann!, eve!], { isPrivate: true });
    await send(channelId, file);
    expect(await all(file)).toEqual({ ann: "yes", bob: "yes", eve: "yes", admin: no });
    await bob!.call("DELETE", `/v1/channels/${channelId}/members/${eve!.userId}`);
    await bob!.call("DELETE", `/v1/channels/${channelId}/members/${ann!.userId}`);
    expect(await all(file)).toEqual({ ann: "yes", bob: "yes", eve: no, admin: no });
  });

  test("by outsiders no more once the channel is private", async () => {
    const file = await fileOf(ann!);
    const channelId = await channelOf(ann!, [bob!]);
    await send(channelId, file);
    await ann!.call("PATCH", `/v1/channels/${channelId}`, { isPrivate: true });
    expect(await all(file)).toEqual({ ann: "yes", bob: "yes", eve: no, admin: no });
  });

  test("in an archived channel as before", async () => {
    const file = await fileOf(ann!);
    const channelId = await channelOf(ann!, [bob!], { isPrivate: true });
    await send(channelId, file);
    await ann!.call("DELETE", `/v1/channels/${channelId}`);
    expect(await all(file)).toEqual({ ann: "yes", bob: "yes", eve: no, admin: no });
  });

  test("by those who are in the direct message, and no admin", async () => {
    const file = await fileOf(ann!);
    const { id } = await ok(openDirectMessage, { as: ann, body: { userIds: [bob!.userId] } });
    await send(id, file);
    expect(await all(file)).toEqual({ ann: "yes", bob: "yes", eve: no, admin: no });
  });

  test("by nobody from the moment that its message is deleted, though R2 still has it", async () => {
    const file = await fileOf(ann!);
    const channelId = await channelOf(ann!, [bob!]);
    const messageId = await send(channelId, file);
    breakBucket();
    await ann!.call("DELETE", `/v1/channels/${channelId}/messages/${messageId}`);
    expect(await reads(bob!, file), "the room knows at once").toBe(no);
    await eventually(async () => (await statesOf(ann!))[file.id] === "deleting", "the hub told");
    expect(await all(file)).toEqual({ ann: no, bob: no, eve: no, admin: no });
    restoreBucket();
  });

  test("by everybody as an avatar, and by nobody once there is another", async () => {
    const picture = { type: "image/png" };
    const [one, two] = [await fileOf(ann!, picture), await fileOf(ann!, picture)];
    await ok(updateMe, { as: ann, body: { avatarFileId: one.id } });
    expect(await all(one)).toEqual({ ann: "yes", bob: "yes", eve: "yes", admin: "yes" });
    await ok(updateMe, { as: ann, body: { avatarFileId: two.id } });
    expect(await all(one)).toEqual({ ann: no, bob: no, eve: no, admin: no });
  });

  test("by nobody new while its message is only under way", async () => {
    const file = await fileOf(ann!);
    const channelId = await channelOf(ann!, [bob!]);
    await hubOf(ann!.userId).claimFiles({ key: "k", channelId }, [file.id]);
    expect(await all(file)).toEqual({ ann: "yes", bob: no, eve: no, admin: no });
    // A room that was never made leaves no trace, and tells nothing.
    const other = await fileOf(ann!);
    await hubOf(ann!.userId).claimFiles({ key: "k", channelId: newId("chn") }, [other.id]);
    expect(await reads(bob!, other)).toBe(no);
  });
});
