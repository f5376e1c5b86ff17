import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { newId } from "../../../src/lib/ids.ts";
import { unwrap } from "../../../src/rpc/rpc-result.ts";
import type { ChannelRole, ChannelType } from "../../../src/protocol/index.ts";
import { type TestUser, roomStub } from "./cast.ts";
import { hubStub } from "./hubs.ts";
import { inRoom } from "./room.ts";

/** A channel of any type, made at the room itself: direct and group ones have no other door yet. */
export async function createRoomOfType(type: ChannelType, owner: TestUser): Promise<string> {
  const channelId = newId("chn");
  const isNamed = type === "public" || type === "private";
  const channel = {
    id: channelId,
    name: isNamed ? `of type ${channelId}` : null,
    type,
    topic: "",
    description: "",
    createdBy: owner.userId,
    ...(!isNamed && { memberIds: [owner.userId] }),
  };
  const facts = {
    userId: owner.userId,
    username: owner.username,
    role: "member" as const,
    active: true,
    rev: 1,
  };
  const nameClaim = isNamed
    ? { nameKey: channel.name ?? "", claim: `claim ${channelId}`, untilMs: Date.now() + 5_000 }
    : null;
  const members = [{ role: isNamed ? ("owner" as const) : ("member" as const), facts }];
  unwrap(await roomStub(channelId).create({ channel, nameClaim, members }));
  return channelId;
}

/** Puts somebody into a room in a role, or out of it, whatever the rules would say. */
export async function setMemberRole(
  channelId: string,
  { userId, username }: TestUser,
  role: ChannelRole | null,
): Promise<void> {
  if (role) unwrap(await hubStub(userId).admitAsMember(channelId));
  await inRoom(channelId, (_, { storage: { sql } }) => {
    sql.exec("DELETE FROM members WHERE user_id = ?", userId);
    if (role)
      sql.exec(
        "INSERT INTO members (user_id, role, joined_at, username, workspace_role, active, facts_rev) VALUES (?, ?, 1, ?, 'member', 1, 1)",
        userId,
        role,
        username,
      );
  });
  // As whoever becomes a member by a command: their hub knows of the channel first.
  if (role) unwrap(await env.HUBS.getByName(userId).admitAsMember(channelId));
  await evictDurableObject(roomStub(channelId));
}
