import type { Actor } from "../../domain/actor.ts";
import type { Prepared } from "../../domain/prepared.ts";
import type { Decision, RoomState } from "../../domain/room-state.ts";
import {
  decideArchiveChannel,
  decideUpdateChannel,
  prepareUpdateChannel,
} from "../../features/channels/index.ts";
import { carriesFiles, prepareCreateMessage, prepareCreateThread } from "../../features/files/index.ts";
import { decideJoin, decideLeave, decideUpdateMember, prepareJoin } from "../../features/members/index.ts";
import {
  decideCreateMessage,
  decideDeleteMessage,
  decideUpdateMessage,
} from "../../features/messages/index.ts";
import { decidePinMessage, decideUnpinMessage } from "../../features/pins/index.ts";
import { decideAddReaction, decideRemoveReaction } from "../../features/reactions/index.ts";
import { decideNotificationLevel, decideRead } from "../../features/reads/index.ts";
import {
  decideCreateThread,
  decideDeleteThread,
  decideFollowThread,
  decideReadThread,
  decideUpdateThread,
} from "../../features/threads/index.ts";
import type { Command, CommandData, CommandType } from "../../protocol/index.ts";

/** How one command is carried out: what is fetched for it beforehand, if anything, and what is decided. */
interface Handler<T extends CommandType, Facts> {
  /** Which ones something is fetched for; all, where this is absent. */
  when?: (data: CommandData<T>) => boolean;
  prepare?: (env: Env, room: RoomState, actor: Actor, data: CommandData<T>) => Promise<Prepared<Facts>>;
  decide: (room: RoomState, actor: Actor, data: CommandData<T>, facts: Facts) => Decision;
}

// oxlint-disable-next-line typescript/no-explicit-any -- what a prepare gives, only its own decide takes
const handlers: { [T in CommandType]: Handler<T, any> } = {
  channelDelete: { decide: decideArchiveChannel },
  channelUpdate: { prepare: prepareUpdateChannel, decide: decideUpdateChannel },
  memberJoin: { prepare: prepareJoin, decide: decideJoin },
  memberLeave: { decide: decideLeave },
  memberUpdate: { decide: decideUpdateMember },
  messageCreate: { when: carriesFiles, prepare: prepareCreateMessage, decide: decideCreateMessage },
  messageUpdate: { decide: decideUpdateMessage },
  messageDelete: { decide: decideDeleteMessage },
  messagePin: { decide: decidePinMessage },
  messageUnpin: { decide: decideUnpinMessage },
  notificationLevel: { decide: decideNotificationLevel },
  reactionAdd: { decide: decideAddReaction },
  reactionRemove: { decide: decideRemoveReaction },
  read: { decide: decideRead },
  threadCreate: { when: carriesFiles, prepare: prepareCreateThread, decide: decideCreateThread },
  threadDelete: { decide: decideDeleteThread },
  threadFollow: { decide: decideFollowThread },
  threadRead: { decide: decideReadThread },
  threadUpdate: { decide: decideUpdateThread },
};

const handlerOf = (command: Command) => handlers[command.type] as Handler<CommandType, unknown>;

export function needsPreparation(command: Command): boolean {
  const { prepare: fetch, when } = handlerOf(command);
  return fetch !== undefined && (when?.(command.data) ?? true);
}

/** Undefined where the room knows all that it needs: then the command joins the queue at once. */
export function prepare(
  env: Env,
  room: RoomState,
  actor: Actor,
  command: Command,
): Promise<Prepared<unknown>> | undefined {
  return needsPreparation(command) ? handlerOf(command).prepare?.(env, room, actor, command.data) : undefined;
}

export function decide(room: RoomState, actor: Actor, command: Command, facts: unknown): Decision {
  return handlerOf(command).decide(room, actor, command.data, facts);
}
