import { notFound, reject } from "../../errors/app-error.ts";
import { isoTime } from "../../lib/time.ts";
import { limits, type SavedMessage } from "../../protocol/index.ts";
import type { RpcResult } from "../../rpc/rpc-result.ts";
import type { HubState } from "../hub-state.ts";
import { runForUser } from "./run-for-user.ts";

type SavedRow = { messageId: string; channelId: string; savedAt: number; doneAt: number | null };

/** Where a page of the list begins: before this time and id. */
export type SavedPosition = readonly [savedAt: number, messageId: string];

const columns = "message_id AS messageId, channel_id AS channelId, saved_at AS savedAt, done_at AS doneAt";

/** The messages that the user saved, by id. Whether the user may still read them is decided when they are listed. */
export class SavedService {
  readonly #hub: HubState;
  readonly #sql: SqlStorage;

  constructor(hub: HubState, sql: SqlStorage) {
    this.#hub = hub;
    this.#sql = sql;
  }

  /** Saves a message that the caller has checked to be readable. May be repeated. @throws `conflict` at the limit */
  save(messageId: string, channelId: string): Promise<RpcResult<SavedMessage>> {
    return runForUser(this.#hub, () => {
      const known = this.#find(messageId);
      if (known) return present(known);
      if (this.#count() >= limits.savedMessages)
        reject(
          "conflict",
          `You have saved ${limits.savedMessages} messages, which is the limit; remove one first`,
        );
      const nowMs = Date.now();
      return this.#hub.commit(() => {
        this.#sql.exec(
          "INSERT INTO saved_messages (message_id, channel_id, saved_at) VALUES (?, ?, ?)",
          messageId,
          channelId,
          nowMs,
        );
        return this.#appended({ messageId, channelId, savedAt: nowMs, doneAt: null }, nowMs);
      });
    });
  }

  /** Marks a saved message as done or not. @throws `not_found` */
  setDone(messageId: string, done: boolean): Promise<RpcResult<SavedMessage>> {
    return runForUser(this.#hub, () => {
      const row = this.#find(messageId) ?? notFound("message");
      if ((row.doneAt !== null) === done) return present(row);
      const nowMs = Date.now();
      const doneAt = done ? nowMs : null;
      return this.#hub.commit(() => {
        this.#sql.exec("UPDATE saved_messages SET done_at = ? WHERE message_id = ?", doneAt, messageId);
        return this.#appended({ ...row, doneAt }, nowMs);
      });
    });
  }

  /** Removes a message from the saved ones. @throws `not_found` */
  remove(messageId: string): Promise<RpcResult<null>> {
    return runForUser(this.#hub, () => {
      if (!this.#find(messageId)) notFound("message");
      return this.#hub.commit(() => {
        this.#sql.exec("DELETE FROM saved_messages WHERE message_id = ?", messageId);
        this.#hub.events.append("savedMessageDelete", { messageId }, Date.now());
        return null;
      });
    });
  }

  /** Lists saved messages, the last saved first. @param done only those that are done, or only those that are not */
  list(
    limit: number,
    [savedAt, messageId]: SavedPosition = [Number.MAX_SAFE_INTEGER, ""],
    done?: boolean,
  ): Promise<RpcResult<SavedMessage[]>> {
    return runForUser(this.#hub, () =>
      this.#select(
        `(saved_at, message_id) < (?, ?) AND (?3 IS NULL OR (done_at IS NOT NULL) = ?3)
         ORDER BY saved_at DESC, message_id DESC LIMIT ?4`,
        savedAt,
        messageId,
        done === undefined ? null : Number(done),
        limit,
      ).map(present),
    );
  }

  #find(messageId: string): SavedRow | undefined {
    return this.#select("message_id = ?", messageId)[0];
  }

  #count(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM saved_messages").one().n;
  }

  #select(which: string, ...values: SqlStorageValue[]): SavedRow[] {
    return this.#sql
      .exec<SavedRow>(`SELECT ${columns} FROM saved_messages WHERE ${which}`, ...values)
      .toArray();
  }

  #appended(row: SavedRow, nowMs: number): SavedMessage {
    const savedMessage = present(row);
    this.#hub.events.append("savedMessageUpdate", { savedMessage }, nowMs);
    return savedMessage;
  }
}

const present = ({ messageId, channelId, savedAt, doneAt }: SavedRow): SavedMessage => ({
  messageId,
  channelId,
  savedAt: isoTime(savedAt),
  doneAt: doneAt === null ? null : isoTime(doneAt),
});
