import type { Actor } from "../../domain/actor.ts";
import type { MessageFacts } from "../../domain/command-facts.ts";
import type { ClaimedFiles } from "../../domain/files.ts";
import type { Prepared } from "../../domain/prepared.ts";
import { authorize, type RoomState } from "../../domain/room-state.ts";
import type { GroupsByHandle } from "../../domain/user-groups.ts";
import type { CommandData } from "../../protocol/index.ts";
import { hasFiles, prepareCreateMessage, prepareCreateThread } from "../files/index.ts";
import { findMentionedGroups } from "../groups/index.ts";
import { namesOutsideRoom } from "./mentions.ts";

type Written = CommandData<"messageCreate" | "threadCreate">;
type Edited = CommandData<"messageUpdate">;

/** Whether a new message has files, or mentions a name that no member has, which may be a user group's. */
export const needsFacts = (data: Written, room: RoomState): boolean =>
  hasFiles(data) || mentionsOutside(data, room);

/** Whether a text mentions a name that no member of the channel has. */
export const mentionsOutside = ({ content }: { content: string }, room: RoomState): boolean =>
  namesOutsideRoom(room, content).length > 0;

const prepareWith =
  <D extends Written>(
    claim: (env: Env, room: RoomState, actor: Actor, data: D) => Promise<Prepared<ClaimedFiles | undefined>>,
    action: "createMessage" | "createThread",
  ) =>
  async (env: Env, room: RoomState, actor: Actor, data: D): Promise<Prepared<MessageFacts>> => {
    authorize(room, actor, action);
    const finding = findGroups(env, room, data);
    if (!hasFiles(data)) return { facts: { groups: await finding } };
    const { facts: claimed, undo } = await claim(env, room, actor, data);
    return { facts: { claimed, groups: await finding }, ...(undo && { undo }) };
  };

/** Claims the files of `messageCreate` and finds the groups that it may mention. @throws as `claimFiles` */
export const prepareMessage = prepareWith(prepareCreateMessage, "createMessage");

/** As `prepareMessage`, for `threadCreate`. */
export const prepareThread = prepareWith(prepareCreateThread, "createThread");

/** Finds the groups that an edited text may mention. @throws `not_found` if the actor may not read the channel */
export async function prepareEdit(
  env: Env,
  room: RoomState,
  actor: Actor,
  data: Edited,
): Promise<Prepared<MessageFacts>> {
  authorize(room, actor, "readChannel");
  return { facts: { groups: await findGroups(env, room, data) } };
}

async function findGroups(
  env: Env,
  room: RoomState,
  { content }: { content: string },
): Promise<GroupsByHandle | undefined> {
  const names = namesOutsideRoom(room, content);
  return names.length > 0 ? findMentionedGroups(env, names) : undefined;
}
