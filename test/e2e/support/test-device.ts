import {
  type ParleyClient,
  PresenceView,
  type Realtime,
  type Room,
  type StatusChange,
  TypingView,
} from "../../../src/client/index.ts";

/** A tab or a phone on the gateway socket: records, in order, its user's own events and the signals of a channel. */
export class TestDevice {
  readonly client: ParleyClient;
  readonly realtime: Realtime;
  /** `<type> <userId>` of each presence signal; for a `statusUpdate` with the presence. */
  readonly presenceSignals: string[] = [];
  /** The seqs of `readUpdate`. */
  readonly readUpdates: number[] = [];
  /** The messages of its user's notifications. */
  readonly notifiedMessageIds: (string | null)[] = [];
  readonly #watched: { room: Room; presence: PresenceView; typing: TypingView } | undefined;

  private constructor(client: ParleyClient, channelId: string | undefined) {
    this.client = client;
    this.realtime = client.connect();
    this.realtime.on("readUpdate", ({ data }) => this.readUpdates.push(data.lastReadSeq));
    this.realtime.on("notificationCreate", ({ data }) =>
      this.notifiedMessageIds.push(data.notification.messageId),
    );
    if (channelId !== undefined) this.#watched = this.#watch(channelId);
  }

  /** Connects, and resolves once it is live. Without a channel it receives only its user's own events. */
  static async connect(client: ParleyClient, channelId?: string): Promise<TestDevice> {
    const device = new TestDevice(client, channelId);
    await device.realtime.live();
    return device;
  }

  get room(): Room {
    return this.#shown.room;
  }

  get presentCount(): number {
    return this.#shown.presence.count;
  }

  get typing(): string[] {
    return this.#shown.typing.list();
  }

  statusOf(userId: string): StatusChange | undefined {
    return this.#shown.presence.of(userId);
  }

  close(): void {
    this.realtime.close();
  }

  get #shown() {
    if (!this.#watched) throw new Error("This device is subscribed to no channel");
    return this.#watched;
  }

  #watch(channelId: string) {
    const room = this.realtime.subscribe(channelId);
    room.on("userOnline", ({ data }) => this.presenceSignals.push(`userOnline ${data.userId}`));
    room.on("userOffline", ({ data }) => this.presenceSignals.push(`userOffline ${data.userId}`));
    room.on("statusUpdate", ({ data }) =>
      this.presenceSignals.push(`statusUpdate ${data.userId} ${data.presence}`),
    );
    return { room, presence: new PresenceView(room), typing: new TypingView(room) };
  }
}
