import { channelDatabase, writeBatch } from "../../db/index.ts";
import type { FollowerRow, MemberStateRow, ReaderRow } from "../../domain/member-state-rows.ts";
import type { Feed, Projection } from "../../durable/projection-sink.ts";
import { assertNever } from "../../errors/app-error.ts";
import { projectReadStates } from "../../features/reads/index.ts";
import { projectFollowers } from "../../features/threads/index.ts";
import { failpoint } from "../../lib/failpoint.ts";
import type { StoredRoomState } from "../stored-room-state.ts";
import type { ProjectionContext } from "./projection-context.ts";

/**
 * Writes the members' own state to D1. Its feed are the rows in the order of their revisions; a row that changed several times
 * is written once. D1 accepts a row only over an older revision, so a batch may run twice or land late without harm.
 */
export class MemberStateProjection implements Projection<MemberStateRow> {
  readonly name = "personal";
  readonly feed: Feed<MemberStateRow>;
  readonly #context: ProjectionContext;

  constructor(context: ProjectionContext) {
    this.#context = context;
    this.feed = new MemberStateFeed(context.room);
  }

  async deliver(rows: MemberStateRow[]): Promise<number> {
    const { env, room } = this.#context;
    const channelId = room.channel.id;
    const [readStates, followers]: [ReaderRow[], FollowerRow[]] = [[], []];
    for (const row of rows)
      switch (row.kind) {
        case "readState":
          readStates.push(row);
          break;
        case "follow":
          followers.push(row);
          break;
        default:
          assertNever(row);
      }
    await writeBatch(channelDatabase(env, channelId), [
      ...projectReadStates(channelId, readStates),
      ...projectFollowers(channelId, followers),
    ]);
    failpoint("room:after-personal");
    return rows.at(-1)?.rev ?? this.feed.head;
  }
}

/** The rows of the two tables, whose revisions come from one counter. */
class MemberStateFeed implements Feed<MemberStateRow> {
  readonly #room: StoredRoomState;

  constructor(room: StoredRoomState) {
    this.#room = room;
  }

  get head(): number {
    return this.#room.revisions.head;
  }

  read(after: number, limit: number): MemberStateRow[] {
    const { reads, threads } = this.#room;
    return [...reads.changesSince(after, limit), ...threads.changesSince(after, limit)]
      .toSorted((one, other) => one.rev - other.rev)
      .slice(0, limit);
  }
}
