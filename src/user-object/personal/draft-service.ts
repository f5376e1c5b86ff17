import { reject } from "../../errors/app-error.ts";
import { isoTime } from "../../lib/time.ts";
import { type Draft, limits } from "../../protocol/index.ts";
import type { RpcResult } from "../../rpc/rpc-result.ts";
import type { HubState } from "../hub-state.ts";
import { runForUser } from "./run-for-user.ts";

type DraftRow = { channelId: string; threadId: string; content: string; rev: number; updatedAt: number };

/** A text that a device stores. */
export interface DraftChange {
  channelId: string;
  /** The root message of the thread; null: the channel. */
  threadId: string | null;
  /** Empty: deletes the draft. */
  content: string;
  /** The `rev` on which the text is based; undefined: the device does not know. */
  baseRev?: number | undefined;
}

/** A stored draft, and the one that it replaced if that was not the one on which it is based. */
export interface StoredDraft {
  draft: Draft;
  overwritten?: Draft;
}

/** Deleted drafts that are remembered, so that their `rev` is not used again. */
const maxDeleted = 100;
const columns = "channel_id AS channelId, thread_id AS threadId, content, rev, updated_at AS updatedAt";

/**
 * The user's drafts. A write is one row and one signal to the connected devices; it is no event of the user's log, because drafts change
 * with every pause in typing and would push other events out of the log. A device that reconnects lists the drafts again.
 */
export class DraftService {
  readonly #hub: HubState;
  readonly #sql: SqlStorage;

  constructor(hub: HubState, sql: SqlStorage) {
    this.#hub = hub;
    this.#sql = sql;
  }

  /** Stores a draft in place of any other for the same channel and thread. @throws `conflict` at the limit of drafts */
  put({ channelId, threadId, content, baseRev }: DraftChange): Promise<RpcResult<StoredDraft>> {
    return runForUser(this.#hub, () => {
      const nowMs = Date.now();
      const before = this.#select("channel_id = ? AND thread_id = ?", channelId, threadId ?? "")[0];
      const isConflict = before !== undefined && baseRev !== undefined && baseRev !== before.rev;
      const overwritten = isConflict && before.content !== content ? { overwritten: present(before) } : {};
      if (before?.content === content || (!before && content === ""))
        return {
          draft: present(
            before ?? { channelId, threadId: threadId ?? "", content, rev: 0, updatedAt: nowMs },
          ),
        };
      const isNew = content !== "" && !before?.content;
      if (isNew && this.#count() >= limits.drafts)
        reject("conflict", `You have ${limits.drafts} drafts, which is the limit; delete one first`);
      const draft = this.#hub.commit(() => this.#store(channelId, threadId ?? "", content, nowMs));
      this.#hub.devices.signal("draftUpdate", channelId, { draft }, nowMs);
      return { draft, ...overwritten };
    });
  }

  /** Lists drafts, the last changed first. @param before only those with a lower `rev` */
  list(limit: number, before: number = Number.MAX_SAFE_INTEGER): Promise<RpcResult<Draft[]>> {
    return runForUser(this.#hub, () =>
      this.#select("content <> '' AND rev < ? ORDER BY rev DESC LIMIT ?", before, limit).map(present),
    );
  }

  #store(channelId: string, threadId: string, content: string, nowMs: number): Draft {
    const [row] = this.#sql
      .exec<DraftRow>(
        `INSERT INTO drafts (channel_id, thread_id, content, rev, updated_at)
         VALUES (?, ?, ?, (SELECT coalesce(max(rev), 0) + 1 FROM drafts), ?)
         ON CONFLICT (channel_id, thread_id) DO UPDATE SET content = excluded.content, rev = excluded.rev, updated_at = excluded.updated_at
         RETURNING ${columns}`,
        channelId,
        threadId,
        content,
        nowMs,
      )
      .toArray();
    if (content === "")
      this.#sql.exec(
        "DELETE FROM drafts WHERE rev IN (SELECT rev FROM drafts WHERE content = '' ORDER BY rev DESC LIMIT -1 OFFSET ?)",
        maxDeleted,
      );
    return present(row as DraftRow);
  }

  #count(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM drafts WHERE content <> ''").one().n;
  }

  #select(which: string, ...values: SqlStorageValue[]): DraftRow[] {
    return this.#sql.exec<DraftRow>(`SELECT ${columns} FROM drafts WHERE ${which}`, ...values).toArray();
  }
}

const present = ({ channelId, threadId, content, rev, updatedAt }: DraftRow): Draft => ({
  channelId,
  threadId: threadId === "" ? null : threadId,
  content,
  rev,
  updatedAt: isoTime(updatedAt),
});
