import { MessageView } from "../../../src/client/index.ts";
import type { EventEnvelope, LogPosition, Message } from "../../../src/client/index.ts";

const maxRecent = 30;

/** Records the events of one channel that one device receives, through all restarts, and the message view that results from them. */
export class ChannelRecorder {
  readonly channelId: string;
  readonly events: EventEnvelope[] = [];
  readonly view: MessageView;
  readonly violations: string[] = [];
  /** The position before the first event. */
  readonly start: LogPosition;
  /** The position of the last received event. */
  position: LogPosition;
  readonly #recent = new Map<string, Message>();

  /** @param position - a position at which the channel had no message yet */
  constructor(channelId: string, userId: string, position: LogPosition) {
    this.channelId = channelId;
    this.view = new MessageView({ userId });
    this.start = position;
    this.position = position;
  }

  /** The newest messages and replies that this device has received, at most 30. */
  get recent(): Message[] {
    return [...this.#recent.values()];
  }

  record(event: EventEnvelope): void {
    if (event.channelId !== this.channelId)
      this.violations.push(`received #${event.seq} of ${event.channelId} in ${this.channelId}`);
    if (event.seq !== this.position.seq + 1)
      this.violations.push(`received #${event.seq} after #${this.position.seq}`);
    this.position = { ...this.position, seq: event.seq };
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
      if (this.#recent.size <= maxRecent) break;
      this.#recent.delete(oldest);
    }
  }
}
