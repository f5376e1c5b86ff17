import { failpoint } from "../../lib/failpoint.ts";
import type { Member } from "../../protocol/index.ts";
import type { UserFileService } from "../files/user-file-service.ts";
import type { HubState } from "../hub-state.ts";

export interface HubErasureOptions {
  hub: HubState;
  storage: DurableObjectStorage;
  files: UserFileService;
}

/** Files that one call deletes from R2 and D1. */
const maxFilesPerCall = 50;
/** Tables that remain while messages of the erased user carry files, which their rooms' members may read. */
const keptTables = new Set(["migrations", "files", "file_space", "due", "erased"]);

/** Erases a user's hub, and removes what hubs know of a channel that was deleted for good. */
export class HubErasure {
  readonly #hub: HubState;
  readonly #storage: DurableObjectStorage;
  readonly #files: UserFileService;

  constructor({ hub, storage, files }: HubErasureOptions) {
    this.#hub = hub;
    this.#storage = storage;
    this.#files = files;
  }

  /**
   * Deletes the files that no message carries, then everything else in this object, and leaves a tombstone: calls that arrive later store
   * nothing. Call it after D1 has the erased account, whose sessions have ended then. May be repeated.
   *
   * @returns whether it is done; if not, call it again a moment later
   */
  async erase(): Promise<boolean> {
    const hub = this.#hub;
    if (hub.isErased) return true;
    if (hub.exists) {
      await this.#deleteFiles();
      if (hub.files.otherThanCarried(1).length > 0 || !hub.roomOutbox.isEmpty) return false;
    }
    failpoint("hub:before-wipe");
    if (hub.exists && hub.files.hasAny()) this.#deleteRows();
    else await this.#deleteEverything();
    failpoint("hub:after-wipe");
    return true;
  }

  /** Removes the notifications and the membership of a channel that was deleted for good. May be repeated. */
  forgetChannel(channelId: string, member: Member | null): void {
    const hub = this.#hub;
    if (!hub.exists || hub.isErased) return;
    const { sql } = this.#storage;
    const nowMs = Date.now();
    hub.commit(() => {
      hub.notifications.removeChannel(channelId, nowMs);
      if (member && hub.memberships.has(channelId)) {
        hub.memberships.set(channelId, false);
        hub.events.append("memberLeave", { channelId, member }, nowMs);
      }
      hub.events.redactChannel(channelId);
      hub.commandRuns.deleteChannel(channelId);
      for (const table of ["attachments", "holders", "room_calls", "room_marks", "drafts", "saved_messages"])
        sql.exec(`DELETE FROM ${table} WHERE channel_id = ?`, channelId);
    });
  }

  async #deleteFiles(): Promise<void> {
    const hub = this.#hub;
    const nowMs = Date.now();
    const rows = hub.files.otherThanCarried(maxFilesPerCall);
    hub.commitFiles(() => {
      for (const { id, state } of rows) if (state !== "claimed") hub.files.markForDeletion(id, nowMs);
    });
    await this.#files.maintenance.remove(rows.map(({ id }) => id));
  }

  async #deleteEverything(): Promise<void> {
    await this.#storage.deleteAll();
    this.#hub.markErased(this.#storage.sql);
  }

  /** Keeps the rows of carried files: without them the members of the channels could not read the files of kept messages. */
  #deleteRows(): void {
    const { sql } = this.#storage;
    const hub = this.#hub;
    this.#storage.transactionSync(() => {
      const tables = sql
        .exec<{ name: string }>(
          "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'",
        )
        .toArray();
      for (const { name } of tables) if (!keptTables.has(name)) sql.exec(`DELETE FROM "${name}"`);
      sql.exec("DELETE FROM due");
      hub.markErased(sql);
      hub.scheduleFiles();
    });
  }
}
