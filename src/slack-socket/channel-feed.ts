import {
  type EventContext,
  type EventOrigin,
  findRoot,
  type ParleyApi,
  rememberRoot,
  type SlackEvent,
  translateEvent,
} from "../features/slack/index.ts";
import {
  type Channel,
  type EventEnvelope,
  getChannel,
  getChannelEvents,
  getMessage,
} from "../protocol/index.ts";

export interface ChannelFeedOptions {
  api: ParleyApi;
  teamId: string;
  botUserId: string;
  /** Called with each translated event, in the order of the channel. */
  emit(event: SlackEvent, origin: EventOrigin): void;
  /** Called with an error that leaves out an event. */
  handleError(error: unknown): void;
}

/** Events before a subscription in which the bot's own joining is searched, so that none after it is missed. */
const searchedEvents = 100;
/** Events of a gap that are fetched. Of a longer one, the oldest are left out. */
const maxGap = 1_000;

/**
 * The events of one channel, translated one after the other: a lookup delays the later events of its channel, and no other channel.
 */
export class ChannelFeed {
  readonly #channelId: string;
  readonly #options: ChannelFeedOptions;
  #channel: Channel | undefined;
  #seq = 0;
  #epoch: string | undefined;
  #last: Promise<void> = Promise.resolve();
  /** Events that wait for their translation. */
  #waiting = 0;
  /** The bot has just become a member: what was sent since then is translated, too. */
  readonly #isNew: boolean;

  constructor(
    channelId: string,
    options: ChannelFeedOptions,
    { channel, isNew }: { channel?: Channel; isNew: boolean },
  ) {
    this.#channelId = channelId;
    this.#options = options;
    this.#channel = channel;
    this.#isNew = isNew;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** The position to subscribe from: none at first, so that only new events arrive. */
  get position(): { since?: number; epoch?: string } {
    return this.#epoch === undefined ? {} : { since: this.#seq, epoch: this.#epoch };
  }

  /** Handles the start of a subscription at a position of the log. */
  subscribed({ seq, epoch }: { seq: number; epoch: string }): void {
    const isFirst = this.#epoch === undefined;
    this.#epoch = epoch;
    if (!isFirst) return;
    if (!this.#isNew) {
      this.#seq = seq;
      return;
    }
    this.#enqueue(async () => {
      const after = Math.max(0, seq - searchedEvents);
      const events = await this.#read(after, seq);
      const from = events.findLastIndex((event) => this.#isArrival(event));
      for (const event of events.slice(Math.max(0, from))) await this.#translate(event);
      this.#seq = Math.max(this.#seq, seq);
    });
  }

  /** Translates an event. */
  push(envelope: EventEnvelope): void {
    this.#enqueue(() => this.#translate(envelope));
  }

  /** Fetches and translates events that the subscription left out. */
  fill({ from, to }: { from: number; to: number }): void {
    this.#enqueue(async () => {
      for (const event of await this.#read(Math.max(from - 1, to - maxGap), to)) await this.#translate(event);
    });
  }

  /** The log has begun anew. */
  reset({ seq, epoch }: { seq: number; epoch: string }): void {
    this.#enqueue(() => {
      this.#seq = seq;
      this.#epoch = epoch;
      return Promise.resolve();
    });
  }

  #enqueue(work: () => Promise<void>): void {
    this.#waiting++;
    this.#last = this.#last
      .then(work)
      .catch((error: unknown) => this.#options.handleError(error))
      .finally(() => this.#waiting--);
  }

  #isArrival({ type, data }: EventEnvelope): boolean {
    return (
      type === "channelCreate" || (type === "memberJoin" && data.member.userId === this.#options.botUserId)
    );
  }

  /** Reads the events after a position up to another one. */
  async #read(after: number, to: number): Promise<EventEnvelope[]> {
    const found: EventEnvelope[] = [];
    for (let at = after; at < to;) {
      const page = await this.#options.api.call(getChannelEvents, {
        params: { channelId: this.#channelId },
        query: { after: at, limit: Math.min(100, to - at) },
      });
      const events = page.events as EventEnvelope[];
      found.push(...events);
      at = events.at(-1)?.seq ?? to;
    }
    return found;
  }

  async #translate(envelope: EventEnvelope): Promise<void> {
    const { seq } = envelope;
    if (seq <= this.#seq) return;
    this.#seq = seq;
    const { emit } = this.#options;
    const channelId = this.#channelId;
    if (envelope.type === "messageCreate") rememberRoot(envelope.data.message);
    const channel = (this.#channel ??= await this.#options.api.call(getChannel, { params: { channelId } }));
    const events = await translateEvent(envelope, this.#context(channel));
    if ("channel" in envelope.data) this.#channel = envelope.data.channel;
    for (const [index, event] of events.entries()) emit(event, { channelId, seq, index });
  }

  #context(channel: Channel): EventContext {
    const { api, teamId, botUserId } = this.#options;
    const channelId = this.#channelId;
    return {
      ...{ teamId, botUserId, channel },
      origin: api.origin,
      findRoot: (messageId) => findRoot(api, channelId, messageId),
      findMessage: (messageId) =>
        api.call(getMessage, { params: { channelId, messageId } }).catch(() => undefined),
    };
  }
}
