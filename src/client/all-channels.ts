import { Backoff } from "./backoff.ts";
import type { Call } from "./call.ts";
import type { EventEnvelope, EventType } from "./contract/events.ts";
import { getUnreads } from "./contract/reads.ts";
import type { Unread } from "./contract/reads.ts";
import { Emitter } from "./emitter.ts";
import { ParleyError } from "./error.ts";
import type { LogPosition } from "./event-feed.ts";
import type { RealtimeEvents } from "./realtime-events.ts";
import type { Room, RoomOptions } from "./room.ts";

/** Options of `realtime.subscribeAll`. */
export interface AllChannelsOptions {
  /** The position to resume each channel from, by channel id: `places` of an earlier run. If present, even empty, `from` defaults to `lastRead`. */
  places?: Readonly<Record<string, LogPosition>>;
  /**
   * Where a channel without an entry in `places` begins. `lastRead`: after the last message that the user has read, which in a channel
   * that they have just joined is the moment of joining. `now`, the default without `places`: with the next event. A channel that
   * the user joins while the process runs begins at the moment of joining in any case.
   */
  from?: "lastRead" | "now";
}

/** The events of `AllChannels`: every logged event under its own name and under `event`, each with its `channelId`. */
export type AllChannelsEvents = { [T in EventType]: Extract<EventEnvelope, { type: T }> } & {
  /** Any logged event of any channel; events of one channel are emitted in the order of `seq`. */
  event: EventEnvelope;
  /** A channel was subscribed to: its room, for signals, state and commands. */
  room: Room;
  /** The log of a channel was replaced: discard what you stored of it. Events continue after `place`. */
  reset: { channelId: string; place: LogPosition };
  /** The user left a channel, or can no longer read it. */
  left: { channelId: string };
  /** A failure that is retried. */
  error: ParleyError;
  /** It was closed by `close()`, or with its connection. */
  closed: ParleyError;
};

/** Returns the position of the last message that the user has read: as `since`, the room begins with the first unread message. */
export const lastRead = ({ lastReadSeq, epoch }: Pick<Unread, "lastReadSeq" | "epoch">): LogPosition => ({
  seq: lastReadSeq,
  epoch,
});

/** How often the list is fetched for a channel that the user joined: the list may lag some seconds behind the event. */
const maxAddedAttempts = 8;

/** The part of the realtime connection that `AllChannels` uses. */
export interface ChannelsHost {
  on<Name extends keyof RealtimeEvents>(
    name: Name,
    listener: (value: RealtimeEvents[Name]) => void,
  ): () => void;
  subscribe(channelId: string, options: RoomOptions): Room;
  live(): Promise<void>;
}

/** Every channel that the user is a member of. Created by `realtime.subscribeAll`. */
export class AllChannels {
  readonly #host: ChannelsHost;
  readonly #call: Call;
  readonly #emitter = new Emitter<AllChannelsEvents>();
  readonly #rooms = new Map<string, Room>();
  readonly #places: Map<string, LogPosition>;
  readonly #from: "lastRead" | "now";
  /** Channels that the user joined and that the list does not contain yet, with the number of attempts. */
  readonly #added = new Map<string, number>();
  readonly #stops: (() => void)[];
  readonly #backoff = new Backoff();
  readonly #listed = Promise.withResolvers<void>();
  #isListed = false;
  #isListing = false;
  #isStale = false;
  /** Whether own events were missed, among them possibly a `memberLeave`. */
  #mayHaveMissedLeave = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended: ParleyError | null = null;

  constructor(host: ChannelsHost, call: Call, { places, from }: AllChannelsOptions) {
    this.#host = host;
    this.#call = call;
    this.#places = new Map(Object.entries(places ?? {}));
    this.#from = from ?? (places ? "lastRead" : "now");
    // Without a call of `live()` a rejection has no handler and would be reported as uncaught.
    this.#listed.promise.catch(() => {});
    this.#stops = [
      host.on("memberJoin", ({ data }) => this.#add(data.channelId)),
      host.on("channelCreate", ({ data }) => this.#add(data.channel.id)),
      host.on("memberLeave", ({ data }) => this.#remove(data.channelId)),
      host.on("reset", () => {
        this.#mayHaveMissedLeave = true;
        void this.#list();
      }),
      host.on("closed", (error) => this.#end(error)),
    ];
    void this.#list();
  }

  /** The rooms, by channel id. */
  get rooms(): ReadonlyMap<string, Room> {
    return this.#rooms;
  }

  /** The current position of each channel, by channel id: store it, for example as JSON, and pass it as `places` of the next run. */
  get places(): Record<string, LogPosition> {
    for (const [channelId, { place }] of this.#rooms) if (place) this.#places.set(channelId, place);
    return Object.fromEntries(this.#places);
  }

  /**
   * Adds a listener.
   *
   * @returns a function that removes it.
   */
  on<Name extends keyof AllChannelsEvents>(
    name: Name,
    listener: (value: AllChannelsEvents[Name]) => void,
  ): () => void {
    return this.#emitter.on(name, listener);
  }

  /** Resolves when every channel is subscribed to and live. @throws ParleyError if it is closed first. */
  async live(): Promise<void> {
    await this.#listed.promise;
    await this.#host.live();
  }

  /** Closes every room; the connection stays open. */
  close(): void {
    this.#end(
      new ParleyError({ code: "unavailable", status: 0, detail: "AllChannels was closed by close()" }),
    );
  }

  #add(channelId: string): void {
    if (this.#rooms.has(channelId)) return;
    this.#added.set(channelId, 0);
    void this.#list();
  }

  /** Fetches the list of channels and subscribes to new ones; fetches again if an event changed the list meanwhile. */
  async #list(): Promise<void> {
    this.#isStale = true;
    if (this.#isListing) return;
    this.#isListing = true;
    clearTimeout(this.#timer);
    try {
      while (this.#isStale && !this.#ended) {
        this.#isStale = false;
        const { items } = await this.#call(getUnreads, { retry: false });
        if (!this.#ended) this.#applyList(items);
      }
      if (this.#added.size === 0) this.#backoff.reset();
      else this.#listLater();
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      this.#emitter.emit("error", error);
      this.#listLater();
    } finally {
      this.#isListing = false;
    }
  }

  #listLater(): void {
    if (!this.#ended) this.#timer = setTimeout(() => void this.#list(), this.#backoff.next());
  }

  #applyList(items: readonly Unread[]): void {
    const beginsNow = this.#from === "now" && !this.#isListed;
    for (const item of items) {
      this.#added.delete(item.channelId);
      const since = this.#places.get(item.channelId) ?? (beginsNow ? undefined : lastRead(item));
      if (!this.#rooms.has(item.channelId)) this.#subscribe(item.channelId, since);
    }
    for (const [channelId, tries] of this.#added) {
      if (tries < maxAddedAttempts) this.#added.set(channelId, tries + 1);
      else this.#added.delete(channelId);
    }
    if (this.#mayHaveMissedLeave) {
      const listed = new Set(items.map(({ channelId }) => channelId));
      for (const channelId of [...this.#rooms.keys()]) if (!listed.has(channelId)) this.#remove(channelId);
      this.#mayHaveMissedLeave = false;
    }
    this.#isListed = true;
    this.#listed.resolve();
  }

  #subscribe(channelId: string, since: LogPosition | undefined): void {
    let room: Room;
    try {
      room = this.#host.subscribe(channelId, since ? { since } : {});
    } catch (error) {
      // `conflict`: the application has subscribed to this channel itself.
      if (error instanceof ParleyError) return this.#emitter.emit("error", error);
      throw error;
    }
    this.#rooms.set(channelId, room);
    room.on("event", (event) => {
      this.#emitter.emit(event.type, event as never);
      this.#emitter.emit("event", event);
    });
    room.on("reset", (place) => this.#emitter.emit("reset", { channelId, place }));
    room.on("error", (error) => this.#emitter.emit("error", error));
    room.on("closed", ({ code }) => {
      if (code === "not_found" || code === "forbidden") this.#remove(channelId);
    });
    this.#emitter.emit("room", room);
  }

  #remove(channelId: string): void {
    const room = this.#rooms.get(channelId);
    this.#added.delete(channelId);
    this.#places.delete(channelId);
    if (!room) return;
    this.#rooms.delete(channelId);
    room.close();
    this.#emitter.emit("left", { channelId });
  }

  #end(error: ParleyError): void {
    if (this.#ended) return;
    // The getter stores the positions of the rooms that are closed below.
    void this.places;
    this.#ended = error;
    clearTimeout(this.#timer);
    for (const stop of this.#stops) stop();
    for (const room of this.#rooms.values()) room.close();
    this.#rooms.clear();
    this.#listed.reject(error);
    this.#emitter.emit("closed", error);
  }
}
