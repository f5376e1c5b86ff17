import {
  type ParleyClient,
  PresenceView,
  type Realtime,
  type Room,
  type StatusChange,
  TypingView,
} from "../../../src/client/index.ts";

/** A tab or a phone on the one socket: what it was told, in order, of its user's own matters and of a channel. */
export class Device {
  readonly client: ParleyClient;
  readonly realtime: Realtime;
  /** `<type> <userId>` of each signal of presence, with the presence that a `statusUpdate` tells. */
  readonly presenceTold: string[] = [];
  /** The seqs of `readUpdate`. */
  readonly readTold: number[] = [];
  /** The messages that its user was notified of. */
  readonly notifiedOf: (string | null)[] = [];
  readonly #watched: { room: Room; presence: PresenceView; typing: TypingView } | undefined;

  private constructor(client: ParleyClient, channelId: string | undefined) {
    this.client = client;
    this.realtime = client.connect();
    this.realtime.on("readUpdate", ({ data }) => this.readTold.push(data.lastReadSeq));
    this.realtime.on("notificationCreate", ({ data }) => this.notifiedOf.push(data.notification.messageId));
    if (channelId !== undefined) this.#watched = this.#watch(channelId);
  }

  /** Connects, and resolves once it is live. Without a channel it has its user's own events alone. */
  static async on(client: ParleyClient, channelId?: string): Promise<Device> {
    const device = new Device(client, channelId);
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

  sees(userId: string): StatusChange | undefined {
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
    room.on("userOnline", ({ data }) => this.presenceTold.push(`userOnline ${data.userId}`));
    room.on("userOffline", ({ data }) => this.presenceTold.push(`userOffline ${data.userId}`));
    room.on("statusUpdate", ({ data }) =>
      this.presenceTold.push(`statusUpdate ${data.userId} ${data.presence}`),
    );
    return { room, presence: new PresenceView(room), typing: new TypingView(room) };
  }
}
