import type {
  RoomWebhookAnswer,
  RoomWebhookRequest,
  WebhookEvent,
  WebhookReader,
} from "../../domain/webhooks.ts";
import { assertNever, notFound } from "../../errors/app-error.ts";
import { authorize } from "../../domain/room-state.ts";
import { eventEnvelope, type LogRow } from "../../durable/event-log.ts";
import type { EventType } from "../../protocol/index.ts";
import type { StoredRoomState } from "../stored-room-state.ts";

const rowsPerRead = 100;
/** Events of other types that one call passes over. */
const maxScannedRows = 2_000;

/**
 * Answers the senders of webhooks. Each read is authorized as one of the webhook's owner at that moment, so that an event is not sent after the
 * owner has lost access.
 */
export class WebhookReads {
  readonly #room: StoredRoomState;

  constructor(room: StoredRoomState) {
    this.#room = room;
  }

  /** @throws `not_found` when the owner may not read the channel, or there is no such event */
  perform(request: RoomWebhookRequest): RoomWebhookAnswer {
    const room = this.#room;
    switch (request.kind) {
      case "subscribe":
        this.#authorize(request.reader, request.isPublicOnly);
        return this.#subscribe(request.webhookId, request.activeSince);
      case "read":
        this.#authorize(request.reader, request.isPublicOnly);
        return this.#read(request);
      case "event": {
        this.#authorize(request.reader);
        const row = room.log.at(request.seq) ?? notFound("delivery");
        return { ...this.#at(row.seq), event: this.#eventOf(row) };
      }
      case "unsubscribe":
        room.webhooks.delete(request.webhookId);
        return this.#at(room.log.head);
      default:
        return assertNever(request);
    }
  }

  #subscribe(webhookId: string, activeSince: number): RoomWebhookAnswer {
    const { log, webhooks, channel } = this.#room;
    const position = Date.parse(channel.createdAt) >= activeSince ? 0 : log.head;
    webhooks.insert(webhookId, position, log.head);
    return this.#at(position);
  }

  #read({
    webhookId,
    epoch,
    after,
    events,
  }: Extract<RoomWebhookRequest, { kind: "read" }>): RoomWebhookAnswer {
    const { log, webhooks } = this.#room;
    const { head } = log;
    // The log was created again or restored to an earlier state: its events from now on are sent.
    const start = epoch === log.epoch && after <= head ? after : head;
    if (!webhooks.has(webhookId)) webhooks.insert(webhookId, start, head);
    const { position, row } = this.#next(start, events);
    webhooks.recordRead(webhookId, row ? row.seq - 1 : position, head);
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

  #at(position: number): RoomWebhookAnswer {
    return { epoch: this.#room.log.epoch, position, event: null, isIdle: false };
  }

  #eventOf(row: LogRow): WebhookEvent {
    const channelId = this.#room.channel.id;
    const { seq, type, at, actorId } = row;
    return { channelId, seq, type: type as EventType, at, actorId, envelope: eventEnvelope(row, channelId) };
  }

  #authorize({ userId, role }: WebhookReader, isPublicOnly = false): void {
    if (isPublicOnly && this.#room.channel.type !== "public") notFound("channel");
    authorize(this.#room, { userId, role, sessionId: "" }, "readChannel");
  }
}
