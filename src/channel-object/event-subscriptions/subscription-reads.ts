import type {
  RoomSubscriptionAnswer,
  RoomSubscriptionRequest,
  SubscriptionEvent,
  SubscriptionReader,
} from "../../domain/event-subscriptions.ts";
import { assertNever, notFound } from "../../errors/app-error.ts";
import { authorize } from "../../domain/room-state.ts";
import { eventEnvelope, type LogRow } from "../../durable/event-log.ts";
import type { EventType } from "../../protocol/index.ts";
import type { StoredRoomState } from "../stored-room-state.ts";

const rowsPerRead = 100;
/** Events of other types that one call passes over. */
const maxScannedRows = 2_000;

/**
 * Answers the senders of subscriptions. Each read is authorized with the permissions that the subscription's owner has at that moment, so that no event
 * is sent after the owner has lost access.
 */
export class SubscriptionReads {
  readonly #room: StoredRoomState;

  constructor(room: StoredRoomState) {
    this.#room = room;
  }

  /** @throws `not_found` when the owner may not read the channel, or there is no such event */
  perform(request: RoomSubscriptionRequest): RoomSubscriptionAnswer {
    const room = this.#room;
    switch (request.kind) {
      case "subscribe":
        this.#authorize(request.reader, request.isPublicOnly);
        return this.#subscribe(request.subscriptionId, request.activeSince);
      case "read":
        this.#authorize(request.reader, request.isPublicOnly);
        return this.#read(request);
      case "event": {
        this.#authorize(request.reader);
        const row = room.log.at(request.seq) ?? notFound("delivery");
        return { ...this.#at(row.seq), event: this.#eventOf(row) };
      }
      case "unsubscribe":
        room.subscriptions.delete(request.subscriptionId);
        return this.#at(room.log.head);
      default:
        return assertNever(request);
    }
  }

  #subscribe(subscriptionId: string, activeSince: number): RoomSubscriptionAnswer {
    const { log, subscriptions, channel } = this.#room;
    const position = Date.parse(channel.createdAt) >= activeSince ? 0 : log.head;
    subscriptions.insert(subscriptionId, position, log.head);
    return this.#at(position);
  }

  #read({
    subscriptionId,
    epoch,
    after,
    events,
  }: Extract<RoomSubscriptionRequest, { kind: "read" }>): RoomSubscriptionAnswer {
    const { log, subscriptions } = this.#room;
    const { head } = log;
    // The log was created again or restored to an earlier state: its events from now on are sent.
    const start = epoch === log.epoch && after <= head ? after : head;
    if (!subscriptions.has(subscriptionId)) subscriptions.insert(subscriptionId, start, head);
    const { position, row } = this.#next(start, events);
    subscriptions.recordRead(subscriptionId, row ? row.seq - 1 : position, head);
    return {
      ...this.#at(position),
      event: row ? this.#eventOf(row) : null,
      isIdle: row === undefined && position === head,
    };
  }

  #next(after: number, events: readonly EventType[]): { position: number; row?: LogRow } {
    const { log } = this.#room;
    let position = after;
    for (let scanned = 0; scanned < maxScannedRows; scanned += rowsPerRead) {
      const rows = log.read(position, rowsPerRead);
      for (const row of rows) {
        position = row.seq;
        if ((events as readonly string[]).includes(row.type)) return { position, row };
      }
      if (rows.length === 0) return { position: log.head };
    }
    return { position };
  }

  #at(position: number): RoomSubscriptionAnswer {
    return { epoch: this.#room.log.epoch, position, event: null, isIdle: false };
  }

  #eventOf(row: LogRow): SubscriptionEvent {
    const channelId = this.#room.channel.id;
    const { seq, type, at, actorId } = row;
    return { channelId, seq, type: type as EventType, at, actorId, envelope: eventEnvelope(row, channelId) };
  }

  #authorize({ userId, role }: SubscriptionReader, isPublicOnly = false): void {
    if (isPublicOnly && this.#room.channel.type !== "public") notFound("channel");
    authorize(this.#room, { userId, role, sessionId: "" }, "readChannel");
  }
}
