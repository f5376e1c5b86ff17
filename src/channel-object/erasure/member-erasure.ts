import type { UserFacts } from "../../domain/actor.ts";
import { isNamed } from "../../domain/permissions.ts";
import type { ProjectionData } from "../../domain/room-state.ts";
import { assertNever } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import type { ChannelProjections } from "../projections/channel-projections.ts";
import type { SystemDeletions } from "../retention/system-deletions.ts";
import type { Subscribers } from "../sockets/subscribers.ts";
import type { StoredRoomState } from "../stored-room-state.ts";

/** The erasure of a user in one room. `facts`: the account as D1 has it after the erasure. */
export interface EraseMember {
  facts: UserFacts;
  messages: "keep" | "delete";
}

/** Where the erasure continues: a part, and the `seq` or the id after which its next rows are. */
export interface ErasePosition {
  part: "account" | "joins" | "history" | "replies" | "projections";
  after: number;
}

export interface MemberErasureOptions {
  room: StoredRoomState;
  deletions: SystemDeletions;
  projections: ChannelProjections;
  subscribers: Subscribers;
}

/** Events that one call searches for the user's name. */
const searchedAtOnce = 5_000;
/** Messages that one call deletes. */
const deletedAtOnce = 100;
/** How long a call waits for D1, the search index and the hubs of files. */
const projectionsTimeoutMs = 5_000;

/**
 * Removes a user from a room: closes their sockets, ends their membership, overwrites their name, and deletes their messages if they chose
 * so. One call does a bounded part, and can be repeated.
 */
export class MemberErasure {
  readonly #options: MemberErasureOptions;

  constructor(options: MemberErasureOptions) {
    this.#options = options;
  }

  /** Does the part at this position. Returns the next position; null when nothing is left. */
  async erase(request: EraseMember, { part, after }: ErasePosition): Promise<ErasePosition | null> {
    const { room } = this.#options;
    const { userId } = request.facts;
    failpoint("room:before-erase");
    switch (part) {
      case "account":
        this.#endMembership(request.facts);
        return { part: "joins", after: 0 };
      case "joins": {
        const to = after + searchedAtOnce;
        room.log.redactProjectionData({ type: "memberJoin", after, to }, (data) => withoutName(data, userId));
        if (to < room.log.head) return { part: "joins", after: to };
        return { part: request.messages === "delete" ? "history" : "projections", after: 0 };
      }
      case "history":
      case "replies": {
        const found = room.messages.liveOfAuthor(userId, {
          isReply: part === "replies",
          after,
          limit: deletedAtOnce,
        });
        this.#options.deletions.deleteMessages(found.map(({ id }) => id));
        failpoint("room:after-erase");
        const last = found.at(-1);
        if (last && found.length === deletedAtOnce) return { part, after: last.seq };
        return { part: part === "history" ? "replies" : "projections", after: 0 };
      }
      case "projections":
        return (await this.#isProjected()) ? null : { part, after };
      default:
        return assertNever(part);
    }
  }

  #endMembership(facts: UserFacts): void {
    const { room, deletions, subscribers } = this.#options;
    subscribers.setFacts(facts, Date.now());
    room.members.updateFacts(facts);
    if (isNamed(room.channel.type)) deletions.removeMember(facts.userId);
  }

  /** Whether D1 and the search index have the deletions, and the hubs know the files that are to be deleted. */
  async #isProjected(): Promise<boolean> {
    const { room, projections } = this.#options;
    projections.startDraining();
    const { head } = room.log;
    const reached = await Promise.all([
      projections.database.waitFor(head, projectionsTimeoutMs),
      projections.search.waitFor(head, projectionsTimeoutMs),
      projections.deletedFiles.waitFor(room.files.droppedHead, projectionsTimeoutMs),
    ]);
    return reached.every(Boolean);
  }
}

/** Overwrites the username in the facts of a joining member, which has the same length then. */
function withoutName(data: string, userId: string): string | undefined {
  const parsed = JSON.parse(data) as ProjectionData;
  if (parsed.facts?.userId !== userId) return undefined;
  const { username } = parsed.facts;
  return JSON.stringify({ ...parsed, facts: { ...parsed.facts, username: "x".repeat(username.length) } });
}
