import type { Actor } from "../../domain/actor.ts";
import type { Prepared } from "../../domain/prepared.ts";
import type { Decision, RoomState } from "../../domain/room-state.ts";
import {
  decideArchiveChannel,
  decideUpdateChannel,
  prepareUpdateChannel,
} from "../../features/channels/index.ts";
import {
  decideJoin,
  decideLeave,
  decideMute,
  decideUnmute,
  decideUpdateMember,
  prepareJoin,
} from "../../features/members/index.ts";
import {
  decideCreateMessage,
  decideDeleteMessage,
  decideUpdateMessage,
  mentionsOutside,
  needsFacts,
  prepareEdit,
  prepareMessage,
  prepareThread,
} from "../../features/messages/index.ts";
import { decidePinMessage, decideUnpinMessage } from "../../features/pins/index.ts";
import {
  decideAddReaction,
  decideRemoveReaction,
  isCustomReaction,
  prepareAddReaction,
} from "../../features/reactions/index.ts";
import { decideNotificationLevel, decideRead } from "../../features/reads/index.ts";
import {
  decideCreateThread,
  decideDeleteThread,
  decideFollowThread,
  decideReadThread,
  decideUpdateThread,
} from "../../features/threads/index.ts";
import type { Command, CommandData, CommandType } from "../../protocol/index.ts";

/** How a command is executed: `prepare` fetches what lies outside the room, `decide` is a pure function of the room's state. */
interface Handler<T extends CommandType, Facts> {
  /** Which commands of this type are prepared; all, where this is absent. */
  when?: (data: CommandData<T>, room: RoomState) => boolean;
  prepare?: (env: Env, room: RoomState, actor: Actor, data: CommandData<T>) => Promise<Prepared<Facts>>;
  decide: (room: RoomState, actor: Actor, data: CommandData<T>, facts: Facts) => Decision;
}

// oxlint-disable-next-line typescript/no-explicit-any -- the facts of a `prepare` go only to the `decide` of the same row
const handlers: { [T in CommandType]: Handler<T, any> } = {
  channelDelete: { decide: decideArchiveChannel },
  channelUpdate: { prepare: prepareUpdateChannel, decide: decideUpdateChannel },
  memberJoin: { prepare: prepareJoin, decide: decideJoin },
  memberLeave: { decide: decideLeave },
  memberMute: { decide: decideMute },
  memberUnmute: { decide: decideUnmute },
  memberUpdate: { decide: decideUpdateMember },
  messageCreate: { when: needsFacts, prepare: prepareMessage, decide: decideCreateMessage },
  messageUpdate: { when: mentionsOutside, prepare: prepareEdit, decide: decideUpdateMessage },
  messageDelete: { decide: decideDeleteMessage },
  messagePin: { decide: decidePinMessage },
  messageUnpin: { decide: decideUnpinMessage },
  notificationLevel: { decide: decideNotificationLevel },
  reactionAdd: { when: isCustomReaction, prepare: prepareAddReaction, decide: decideAddReaction },
  reactionRemove: { decide: decideRemoveReaction },
  read: { decide: decideRead },
  threadCreate: { when: needsFacts, prepare: prepareThread, decide: decideCreateThread },
  threadDelete: { decide: decideDeleteThread },
  threadFollow: { decide: decideFollowThread },
  threadRead: { decide: decideReadThread },
  threadUpdate: { when: mentionsOutside, prepare: prepareEdit, decide: decideUpdateThread },
};

const handlerOf = (command: Command) => handlers[command.type] as Handler<CommandType, unknown>;

/** Returns whether something outside the room must be asked before a command can be decided. */
export function needsPreparation(room: RoomState, command: Command): boolean {
  const { prepare: prepareCommand, when } = handlerOf(command);
  return prepareCommand !== undefined && (when?.(command.data, room) ?? true);
}

/** Fetches what the decision of a command needs for which `needsPreparation` is true. @throws what the feature throws */
export const prepare = (
  env: Env,
  room: RoomState,
  actor: Actor,
  command: Command,
): Promise<Prepared<unknown>> | undefined => handlerOf(command).prepare?.(env, room, actor, command.data);

/** Decides a command. Writes nothing. @throws the error with which the command is rejected */
export function decide(room: RoomState, actor: Actor, command: Command, facts: unknown): Decision {
  return handlerOf(command).decide(room, actor, command.data, facts);
}
