import type { LogPosition } from "../../../src/client/index.ts";

export interface Row {
  type: string;
  channelId: string;
  seq: number;
  at: string;
  data: { message: { id: string; seq: number; rev: number; content: string } };
}

/** The log of one channel, with messages only. */
export class FakeLog {
  rows: Row[] = [];
  epoch = "epoch-one";
  readonly channelId: string;
  readonly #nonces = new Map<string, Row>();

  constructor(channelId: string) {
    this.channelId = channelId;
  }

  get position(): LogPosition {
    return { seq: this.rows.length, epoch: this.epoch };
  }

  append(content: string): Row {
    const { channelId } = this;
    const seq = this.rows.length + 1;
    const message = { id: `msg_${seq}`, seq, rev: seq, content };
    const row = { type: "messageCreate", channelId, seq, at: "", data: { message } };
    this.rows.push(row);
    return row;
  }

  /** Returns the ack of a command, and the row that it created, if it did not exist before. */
  commit({ content, nonce }: { content: string; nonce: string }): { ack: object; made: Row | undefined } {
    const existing = this.#nonces.get(nonce);
    const row = existing ?? this.append(content);
    this.#nonces.set(nonce, row);
    return {
      ack: { ...row.data, nonce, ...(existing && { deduplicated: true }) },
      made: existing ? undefined : row,
    };
  }

  /** Returns what precedes `subscribed` for a client at `since`. */
  envelopesSince(since: number | null, epoch: string | null, replayEvents: number): object[] {
    const { channelId, rows } = this;
    if (since === null) return [];
    if ((epoch !== null && epoch !== this.epoch) || since > rows.length)
      return [{ type: "reset", channelId, data: this.position }];
    const from = Math.max(since, rows.length - replayEvents);
    const gap = { type: "gap", channelId, data: { from: since + 1, to: from } };
    return [...(from > since ? [gap] : []), ...rows.slice(from)];
  }

  subscribed(): object {
    const { channelId, position } = this;
    return {
      type: "subscribed",
      channelId,
      data: { ...position, online: ["ann"], onlineCount: 1, statuses: [] },
    };
  }

  page({ searchParams }: URL): object {
    const after = Number(searchParams.get("after"));
    const events = this.rows.slice(after, after + Number(searchParams.get("limit")));
    return { events, ...this.position, hasMore: after + events.length < this.rows.length };
  }
}
