type Row = { lastReadSeq: number; trimmedTo: number };

/** Up to where all notifications are read, and up to where old ones were deleted. Neither mark ever goes back. */
export class NotificationReadMarks {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get lastReadSeq(): number {
    return this.#row.lastReadSeq;
  }

  /** The time (ms since 1970) of the newest deleted notification; 0 if none was deleted. */
  get trimmedTo(): number {
    return this.#row.trimmedTo;
  }

  /** Marks all up to the event `seq` as read. */
  markReadUpTo(seq: number): void {
    this.#advance({ lastReadSeq: seq, trimmedTo: 0 });
  }

  /** Records the deletion of notifications up to a time, ms since 1970. */
  markTrimmedUpTo(at: number): void {
    if (at > 0) this.#advance({ lastReadSeq: 0, trimmedTo: at });
  }

  get #row(): Row {
    const [row] = this.#sql
      .exec<Row>("SELECT last_read_seq AS lastReadSeq, trimmed_to AS trimmedTo FROM notification_marks")
      .toArray();
    return row ?? { lastReadSeq: 0, trimmedTo: 0 };
  }

  #advance({ lastReadSeq, trimmedTo }: Row): void {
    this.#sql.exec(
      `INSERT INTO notification_marks (one, last_read_seq, trimmed_to) VALUES (1, ?, ?)
       ON CONFLICT (one) DO UPDATE SET last_read_seq = max(last_read_seq, excluded.last_read_seq),
         trimmed_to = max(trimmed_to, excluded.trimmed_to)`,
      lastReadSeq,
      trimmedTo,
    );
  }
}
