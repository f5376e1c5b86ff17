import type { Feed, Projection } from "../../durable/projection-sink.ts";
import { type DroppedFile, notifyDroppedFiles } from "../../features/files/index.ts";
import { failpoint } from "../../lib/failpoint.ts";
import type { StoredRoomState } from "../stored-room-state.ts";
import type { ProjectionContext } from "./projection-context.ts";

/** Deleted messages whose files are reported in one batch. */
const maxMessagesPerBatch = 100;

/** Reports the files of deleted messages to their uploaders' hubs, which delete them. A file that is reported twice is deleted once. */
export class DeletedFilesProjection implements Projection<DroppedFile> {
  readonly name = "files";
  readonly feed: Feed<DroppedFile>;
  readonly #env: Env;
  readonly #room: StoredRoomState;

  constructor({ env, room }: ProjectionContext) {
    this.#env = env;
    this.#room = room;
    this.feed = new DeletedFilesFeed(room);
  }

  async deliver(dropped: DroppedFile[]): Promise<number> {
    failpoint("room:before-drop");
    // The files of messages that were deleted during a legal hold are deleted when it ends.
    if (this.#room.retention.settings.legalHold) this.#room.retention.holdFiles(dropped);
    else await notifyDroppedFiles(this.#env, dropped);
    failpoint("room:after-drop");
    return dropped.at(-1)?.seq ?? this.feed.head;
  }
}

/** Files of deleted messages, numbered by the `seq` of the deletion. */
class DeletedFilesFeed implements Feed<DroppedFile> {
  readonly #room: StoredRoomState;

  constructor(room: StoredRoomState) {
    this.#room = room;
  }

  get head(): number {
    return this.#room.files.droppedHead;
  }

  read(after: number): DroppedFile[] {
    return this.#room.files.droppedAfter(after, maxMessagesPerBatch);
  }
}
