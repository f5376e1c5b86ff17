import { beforeAll, expect, test } from "vitest";
import {
  type AccessContext,
  checkPermissions,
  isNamed,
  permissions,
} from "../../../src/domain/permissions.ts";
import type { ChannelRole, ChannelType, PostingPolicy, WorkspaceRole } from "../../../src/protocol/index.ts";
import { requestUpgrade, type TestSocket } from "../../support/worker/clients/socket-client.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createRoomOfType, setMemberRole, setPostingRules } from "../../support/worker/fixtures/channels.ts";
import { type PermissionCase, permissionCases } from "../../support/worker/fixtures/permission-matrix.ts";
import { isFullScale, part, partOfTable } from "../../support/worker/generators/part-of-table.ts";

const types: ChannelType[] = ["public", "private", "direct", "group"];
const workspaceRoles: WorkspaceRole[] = ["guest", "member", "admin", "owner"];
const channelRoles: (ChannelRole | null)[] = [null, "member", "moderator", "owner"];

let actors: Record<WorkspaceRole, TestUser>;
let founder: TestUser;
let target: TestUser;
let newcomers: TestUser[];

beforeAll(async () => {
  actors = {
    guest: await createUser("guest", { role: "guest" }),
    member: await createUser("member"),
    admin: await createUser("admin", { role: "admin" }),
    owner: await createUser("owner", { role: "owner" }),
  };
  [founder, target, ...newcomers] = (await createUsers("founder", "target", "new", "new")) as [
    TestUser,
    TestUser,
    ...TestUser[],
  ];
});

async function said(author: TestUser, channelId: string): Promise<string> {
  return (await author.call("POST", `/v1/channels/${channelId}/messages`, { content: "text" })).body.id;
}

/** The posting policy of the channel, and whether the actor is muted. */
interface PostingRules {
  postingPolicy: PostingPolicy;
  isMuted: boolean;
}

/** REST and sockets. */
const transports = [0, 1];
/** A short run tries each standing over one of them, and the next standing over the other. Which of them is first, another run decides otherwise. */
const transportsOf = (standing: number): number[] =>
  isFullScale ? transports : [(Math.floor(part / 2) + standing) % 2];

/** Tries each cell of the table in a new channel, over the transports of the n-th standing. */
async function walk(
  n: number,
  actor: TestUser,
  standing: Omit<AccessContext, "isAuthor"> & PostingRules,
): Promise<void> {
  const { channelRole, channelType, postingPolicy, isMuted, workspaceRole } = standing;
  const { userId } = actor;
  const channelId = await createRoomOfType(channelType, founder);
  await setMemberRole(channelId, target, "member");
  await setMemberRole(channelId, actor, "member");
  const messages = {
    own: [await said(actor, channelId), await said(actor, channelId)],
    others: [await said(founder, channelId), await said(founder, channelId)],
    root: await said(founder, channelId),
  };
  const mayRead = checkPermissions("readChannel", standing);
  for (const transport of transportsOf(n)) {
    await setMemberRole(channelId, target, "member");
    await setMemberRole(channelId, actor, channelRole);
    if (isMuted || postingPolicy !== "everyone")
      await setPostingRules(channelId, { postingPolicy, ...(isMuted && { muted: userId }) });
    const cell = { messages, target: target.userId, newcomer: newcomers[transport]!.userId };
    let socket: TestSocket | undefined;
    if (transport === 1 && mayRead) socket = await actor.connect(channelId);
    if (transport === 1 && !mayRead)
      expect((await requestUpgrade(`/v1/channels/${channelId}/realtime`, actor.token)).status).toBe(404);
    for (const { action, isAuthor, rest, frame } of permissionCases(cell, transport, channelRole !== null)) {
      const may = checkPermissions(action, { ...standing, isAuthor: isAuthor ?? false });
      const staysForGood = action === "leaveChannel" && !isNamed(channelType);
      const expected = may ? "done" : !mayRead ? "not_found" : staysForGood ? "conflict" : "forbidden";
      const what = `${workspaceRole} ${channelRole} ${channelType} ${action} ${isAuthor ?? ""} by ${frame && socket ? "frame" : "REST"}`;
      expect(`${what}: ${await outcome(actor, channelId, socket, rest, frame)}`).toBe(`${what}: ${expected}`);
    }
    socket?.close();
  }
}

for (const channelType of types) {
  for (const channelRole of channelRoles) {
    test(`[RD6] ${channelRole ?? "outsider"} in ${channelType}: as in the table`, async () => {
      for (const [n, workspaceRole] of partOfTable(workspaceRoles, 2).entries())
        await walk(n, actors[workspaceRole], {
          workspaceRole,
          channelRole,
          channelType,
          postingPolicy: "everyone",
          isMuted: false,
        });
    });
  }
}

for (const workspaceRole of ["guest", "member", "admin"] as const)
  test(`[GU8] [GU10] ${workspaceRole}, by policy and while muted: as in the table`, async () => {
    const actor = actors[workspaceRole];
    const standing = { workspaceRole, channelType: "public" as const };
    for (const [n, channelRole] of (["member", "moderator"] as const).entries())
      await walk(n, actor, { ...standing, channelRole, postingPolicy: "moderators", isMuted: false });
    await walk(2, actor, { ...standing, channelRole: "owner", postingPolicy: "everyone", isMuted: true });
  });

async function outcome(
  actor: TestUser,
  channelId: string,
  socket: TestSocket | undefined,
  [method, path, body]: PermissionCase["rest"],
  frame: PermissionCase["frame"],
): Promise<string> {
  if (socket && frame) {
    const answer = await socket.sendCommand(...frame);
    return answer.type === "ack" ? "done" : answer.error.code;
  }
  const answer = await actor.call(method, `/v1/channels/${channelId}${path}`, body);
  return answer.status < 300 ? "done" : answer.body.code;
}

test("[RD6] the cases cover each action of the table", () => {
  const nothing = { messages: { own: ["", ""], others: ["", ""], root: "" }, target: "", newcomer: "" };
  // A channel is purged in test/worker/records/purge.test.ts, since nothing could follow here.
  const walked = new Set(["purgeChannel", ...permissionCases(nothing, 0, true).map(({ action }) => action)]);
  expect([...walked].sort()).toEqual(Object.keys(permissions).sort());
});
