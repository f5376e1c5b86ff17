import { z } from "zod";
import type { ChannelRead, CursorPage, SeqPage } from "../../domain/channel-read.ts";
import { decodeCursor, encodeCursor, toPage } from "../../domain/pagination.ts";
import { assertNever, notFound } from "../../errors/app-error.ts";
import { eventEnvelope } from "../../durable/event-log.ts";
import { isoTime } from "../../lib/time.ts";
import { Seq } from "../../protocol/index.ts";
import type { StoredRoomState } from "../stored-room-state.ts";

/** The cursor of a page of members: `joinedAt` and id of its last member. */
const MembersCursor = z.tuple([z.number(), z.string()]);

/**
 * Answers reads of the channel from the room's SQLite, as the JSON text of the response. All parts of an answer are of one moment, since
 * nothing is awaited.
 */
export class ChannelReads {
  readonly #room: StoredRoomState;

  constructor(room: StoredRoomState) {
    this.#room = room;
  }

  /** @throws `not_found` if there is no such message; `validation_failed` for a cursor of another list */
  read(readerId: string, read: ChannelRead): string {
    switch (read.kind) {
      case "channel":
        return JSON.stringify({ ...this.#room.channel, ...this.#position });
      case "messages":
        return this.#messages(readerId, read.page);
      case "message":
        return this.#room.history.find(readerId, read.messageId) ?? notFound("message");
      case "messagesById":
        return `[${[...this.#room.history.findAll(readerId, read.messageIds).values()].join(",")}]`;
      case "messageAt":
        return this.#room.history.findCreatedAt(readerId, read.seq) ?? notFound("message");
      case "thread":
        return this.#thread(readerId, read.messageId, read.page);
      case "pins":
        return this.#pins(readerId, read.page);
      case "members":
        return this.#members(read.page);
      case "events":
        return this.#events(read.after, read.limit);
      default:
        return assertNever(read);
    }
  }

  get #position(): { seq: number; epoch: string } {
    const { head: seq, epoch } = this.#room.log;
    return { seq, epoch };
  }

  /** The position as the fields of a JSON object. */
  get #positionJson(): string {
    const { seq, epoch } = this.#position;
    return `"seq":${seq},"epoch":${JSON.stringify(epoch)}`;
  }

  #messages(readerId: string, page: SeqPage): string {
    const { items, hasMoreBefore, hasMoreAfter } = this.#room.history.page(readerId, page);
    return `{"items":[${items}],"hasMoreBefore":${hasMoreBefore},"hasMoreAfter":${hasMoreAfter},${this.#positionJson}}`;
  }

  #thread(readerId: string, messageId: string, { cursor, ...page }: SeqPage & CursorPage): string {
    const { history } = this.#room;
    const after = cursor === undefined ? page.after : decodeCursor(cursor, Seq);
    const isFromStart = page.before === undefined && page.around === undefined;
    const rootId = history.rootOf(messageId) ?? notFound("message");
    const { items, lastSeq, hasMoreBefore, hasMoreAfter } = history.threadPage(readerId, rootId, {
      ...page,
      after: isFromStart ? (after ?? 0) : after,
    });
    const nextCursor = hasMoreAfter && lastSeq !== undefined ? encodeCursor(lastSeq) : null;
    const root = history.find(readerId, rootId) ?? notFound("message");
    return `{"items":[${items}],"hasMoreBefore":${hasMoreBefore},"hasMoreAfter":${hasMoreAfter},${this.#positionJson},"root":${root},"nextCursor":${JSON.stringify(nextCursor)}}`;
  }

  #pins(readerId: string, { limit, cursor }: CursorPage): string {
    const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : decodeCursor(cursor, Seq);
    const pins = this.#room.pins.list(before, limit + 1);
    const { items: listed, nextCursor } = toPage(
      pins,
      limit,
      (pin) => pin,
      ({ seq }) => seq,
    );
    const messages = this.#room.history.findAll(
      readerId,
      listed.map(({ messageId }) => messageId),
    );
    const items = listed.flatMap(({ messageId, userId, at }) => {
      const pin = { pinnedBy: userId, pinnedAt: isoTime(at) };
      const message = messages.get(messageId);
      return message === undefined ? [] : [`${message.slice(0, -1)},${JSON.stringify(pin).slice(1)}`];
    });
    return `{"items":[${items.join(",")}],"nextCursor":${JSON.stringify(nextCursor)},${this.#positionJson}}`;
  }

  #members({ limit, cursor }: CursorPage): string {
    const after = cursor === undefined ? undefined : decodeCursor(cursor, MembersCursor);
    const page = toPage(
      this.#room.members.list(after, limit + 1),
      limit,
      ({ joinedAt, ...member }) => ({ ...member, joinedAt: isoTime(joinedAt) }),
      ({ joinedAt, userId }) => [joinedAt, userId],
    );
    return JSON.stringify({ ...page, ...this.#position });
  }

  /** Returns a page of the log, with the envelopes that subscribers received. */
  #events(after: number, limit: number): string {
    const { log, channel } = this.#room;
    const rows = log.read(after, limit);
    const events = rows.map((row) => eventEnvelope(row, channel.id)).join(",");
    const hasMore = (rows.at(-1)?.seq ?? log.head) < log.head;
    return `{"events":[${events}],${this.#positionJson},"hasMore":${hasMore}}`;
  }
}
