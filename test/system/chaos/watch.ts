import { MessageView } from "../../../src/client/index.ts";
import type { EventEnvelope, Message, LogPosition } from "../../../src/client/index.ts";

const recentAtMost = 30;

/** One channel as one device has it, through all of its restarts: each event that it was given, and what follows from them. */
export class Watch {
  readonly channelId: string;
  readonly events: EventEnvelope[] = [];
  readonly view: MessageView;
  readonly faults: string[] = [];
  /** Where it began. */
  readonly start: LogPosition;
  /** Of the last event that it was given. */
  place: LogPosition;
  readonly #recent = new Map<string, Message>();

  /** From `place` on, where the channel had no message yet. */
  constructor(channelId: string, userId: string, place: LogPosition) {
    this.channelId = channelId;
    this.view = new MessageView({ userId });
    this.start = place;
    this.place = place;
  }

  /** The newest messages and replies as this device knows them. */
  get recent(): Message[] {
    return [...this.#recent.values()];
  }

  take(event: EventEnvelope): void {
    if (event.channelId !== this.channelId)
      this.faults.push(`was given #${event.seq} of ${event.channelId} in ${this.channelId}`);
    if (event.seq !== this.place.seq + 1)
      this.faults.push(`was given #${event.seq} after #${this.place.seq}`);
    this.place = { ...this.place, seq: event.seq };
    this.events.push(event);
    this.view.apply(event);
    this.#remember(event);
  }

  #remember({ type, data }: EventEnvelope): void {
    if (!("message" in data)) return;
    const { message } = data;
    if (type === "messageCreate" || type === "threadCreate" || this.#recent.has(message.id))
      this.#recent.set(message.id, message);
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= recentAtMost) break;
      this.#recent.delete(oldest);
    }
  }
}
