import type { ClaimedFiles } from "./files.ts";
import type { GroupsByHandle } from "./user-groups.ts";

/** What a message needs from outside the room: the files that it claims, and the user groups that it may mention. */
export interface MessageFacts {
  claimed?: ClaimedFiles | undefined;
  /** Undefined if no name was looked up, or D1 did not answer. */
  groups?: GroupsByHandle | undefined;
}

/** What a reaction needs from outside the room: whether the workspace has the custom emoji. */
export interface ReactionFacts {
  isKnownEmoji: boolean;
}
