import type { Log, LogRow } from "../../log/log.ts";
import type { Migration } from "../../log/migrations.ts";
import type { EventData, Message } from "../../protocol/index.ts";
import { redacted } from "./decide.ts";

export const createMessageTables: Migration = (sql) => {
  sql.exec(`
    CREATE TABLE messages (
      id TEXT PRIMARY KEY,
      seq INTEGER NOT NULL,
      rev INTEGER NOT NULL
    ) WITHOUT ROWID;
  `);
};

/**
 * The room's messages, as decisions need them. The text is not kept twice: `rev` is the log row whose data is the
 * message as it now stands.
 */
export class MessageState {
  readonly #sql: SqlStorage;
  readonly #log: Log;

  constructor(sql: SqlStorage, log: Log) {
    this.#sql = sql;
    this.#log = log;
  }

  find(messageId: string): Message | undefined {
    const [place] = this.#sql
      .exec<{ rev: number }>("SELECT rev FROM messages WHERE id = ?", messageId)
      .toArray();
    const row = place && this.#log.at(place.rev);
    return row && (JSON.parse(row.data) as EventData<"messageCreate">).message;
  }

  apply = {
    messageCreate: ({ message }: EventData<"messageCreate">): void => {
      this.#sql.exec(
        "INSERT INTO messages (id, seq, rev) VALUES (?, ?, ?)",
        message.id,
        message.seq,
        message.rev,
      );
    },
    messageUpdate: ({ message }: EventData<"messageUpdate">): void => this.#moved(message),
    /** The content goes from every event that bore it, in the same transaction as the tombstone comes. */
    messageDelete: ({ message }: EventData<"messageDelete">): void => {
      this.#moved(message);
      this.#log.redact(message.seq, message.id, withoutContent);
    },
  };

  /** What the event of `row` made, as it is now: the answer to a repeated command. */
  resultOf(row: LogRow): EventData<"messageCreate"> {
    const { message } = JSON.parse(row.data) as EventData<"messageCreate">;
    return { message: this.find(message.id) ?? message };
  }

  #moved(message: Message): void {
    this.#sql.exec("UPDATE messages SET rev = ? WHERE id = ?", message.rev, message.id);
  }
}

function withoutContent(data: string): string {
  const { message, ...rest } = JSON.parse(data) as EventData<"messageCreate">;
  return JSON.stringify({ ...rest, message: redacted(message) });
}
