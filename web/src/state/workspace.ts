import { computed, effect, signal } from "@preact/signals";
import {
  type CustomEmoji,
  type EphemeralMessage,
  getCustomEmoji,
  getGroups,
  getStatus,
  type ParleyClient,
  type Realtime,
  type RoomState,
  type Self,
  TypingView,
  type UserGroup,
} from "../../../src/client/index.ts";
import { Channels } from "./channels.ts";
import { type Database, openDatabase, type Snapshot } from "./database.ts";
import { Drafts } from "./drafts.ts";
import { FollowedThreads } from "./followed-threads.ts";
import { MessageCache } from "./message-cache.ts";
import { Notifications } from "./notifications.ts";
import { OpenChannels } from "./open-channels.ts";
import { Outbox } from "./outbox.ts";
import { Presence } from "./presence.ts";
import { Users } from "./users.ts";

/** How often the state for a start without a network is stored, in ms. */
const snapshotEveryMs = 15_000;

/** Everything of one user's session in this tab: the connection, and the state that the page shows. */
export class Workspace {
  readonly client: ParleyClient;
  readonly realtime: Realtime;
  readonly database: Database | null;
  readonly me;
  readonly users: Users;
  readonly presence = new Presence();
  readonly channels: Channels;
  readonly open: OpenChannels;
  readonly outbox: Outbox;
  readonly drafts: Drafts;
  readonly notifications: Notifications;
  readonly threads: FollowedThreads;
  readonly messages: MessageCache;
  /** Messages that only this user sees, which are never stored. */
  readonly ephemeral = signal<readonly EphemeralMessage[]>([]);
  readonly customEmoji = signal<ReadonlyMap<string, CustomEmoji>>(new Map());
  readonly groups = signal<readonly UserGroup[]>([]);
  readonly connection = signal<RoomState>("connecting");
  /** When the next attempt to connect begins, in milliseconds since 1970; null while connected. */
  readonly retryAt = signal<number | null>(null);
  readonly isAdmin = computed(() => ["owner", "admin"].includes(this.me.value.role));
  readonly #stops: (() => void)[] = [];
  /** Whether events may have been missed, so that what no event repeats must be fetched again. */
  #isRefreshDue = true;

  private constructor(client: ParleyClient, me: Self, database: Database | null) {
    this.client = client;
    this.database = database;
    this.me = signal(me);
    this.users = new Users(client);
    this.users.put([me]);
    this.realtime = client.connect();
    const { realtime } = this;
    this.channels = new Channels({
      client,
      realtime,
      userId: me.id,
      onRoom: (room, state) => {
        this.presence.follow(room);
        this.open.followChanges(room, state.id);
        new TypingView(room, {
          changed: (userIds) => (state.typing.value = userIds.filter((userId) => userId !== me.id)),
        });
      },
      onLeft: (channelId) => this.open.forget(channelId),
      onEvent: (event) => {
        this.threads.apply(event);
        this.messages.apply(event);
      },
    });
    this.threads = new FollowedThreads(realtime, me.id);
    this.messages = new MessageCache(client);
    this.open = new OpenChannels(client, database, me.id);
    this.drafts = new Drafts(client, database);
    this.notifications = new Notifications(client, realtime);
    this.outbox = new Outbox({
      client,
      realtime,
      database,
      onSent: (message) => this.open.put(message),
      onEphemeral: (message) => this.#addEphemeral(message),
    });
    this.#follow();
  }

  /** Opens the session of a user: what this device stores is shown at once, the server's state as it arrives. */
  static async start(client: ParleyClient, me: Self): Promise<Workspace> {
    const { database, snapshot } = await readStored(me.id);
    return Workspace.#begin(client, me, database, snapshot);
  }

  /**
   * Opens the session of the user of the last visit before the server has answered, also without a network.
   *
   * @returns undefined if this device stores nothing of the user
   */
  static async startStored(client: ParleyClient, userId: string): Promise<Workspace | undefined> {
    const { database, snapshot } = await readStored(userId);
    if (snapshot) return Workspace.#begin(client, snapshot.me, database, snapshot);
    database?.close();
    return undefined;
  }

  static async #begin(
    client: ParleyClient,
    me: Self,
    database: Database | null,
    snapshot: Snapshot | undefined,
  ): Promise<Workspace> {
    const workspace = new Workspace(client, me, database);
    await workspace.#restore(snapshot);
    return workspace;
  }

  /** Deletes what this device stores of what the user could read; what they wrote stays. */
  async forget(): Promise<void> {
    await this.database?.clearContents();
  }

  /** Closes the connection. What is stored stays. */
  stop(): void {
    for (const stop of this.#stops) stop();
    this.drafts.stop();
    this.realtime.close();
    this.database?.close();
  }

  removeEphemeral(id: string): void {
    this.ephemeral.value = this.ephemeral.peek().filter((message) => message.id !== id);
  }

  async loadEmoji(): Promise<void> {
    const found = new Map<string, CustomEmoji>();
    for await (const emoji of this.client.list(getCustomEmoji, { query: { limit: 100 } }))
      found.set(emoji.name, emoji);
    this.customEmoji.value = found;
  }

  async loadGroups(): Promise<void> {
    const found: UserGroup[] = [];
    for await (const group of this.client.list(getGroups, { query: { limit: 100 } })) found.push(group);
    this.groups.value = found;
  }

  #follow(): void {
    const { realtime } = this;
    realtime.on("state", (state) => {
      this.connection.value = state;
      if (state === "live") {
        this.retryAt.value = null;
        if (this.#isRefreshDue) void this.#refresh();
        this.#isRefreshDue = false;
      } else if (state !== "behind") this.#isRefreshDue = true;
      if (state === "offline") this.presence.clear();
    });
    realtime.on("reset", () => (this.#isRefreshDue = true));
    realtime.on("lost", ({ retryInMs }) => (this.retryAt.value = Date.now() + retryInMs));
    realtime.on("userUpdate", ({ data }) => {
      this.me.value = data.user;
      this.users.put([data.user]);
    });
    realtime.on("ephemeralCreate", ({ data }) => this.#addEphemeral(data.message));
    realtime.on("ephemeralDelete", ({ data }) => this.removeEphemeral(data.id));
    realtime.on("groupUpdate", () => void this.loadGroups().catch(() => {}));
    realtime.on("groupDelete", () => void this.loadGroups().catch(() => {}));
    this.drafts.follow(realtime);
    const storing = setInterval(() => void this.#storeSnapshot(), snapshotEveryMs);
    const onHide = (): void => {
      if (document.visibilityState === "hidden") void this.#storeSnapshot();
    };
    document.addEventListener("visibilitychange", onHide);
    const stopListed = effect(() => {
      if (this.channels.isListed.value) void this.#storeSnapshot();
    });
    this.#stops.push(
      () => clearInterval(storing),
      () => document.removeEventListener("visibilitychange", onHide),
      stopListed,
    );
  }

  async #restore(snapshot: Snapshot | undefined): Promise<void> {
    if (snapshot) {
      this.users.put(snapshot.users);
      this.channels.restore(snapshot.channels);
    }
    await this.drafts.restore();
    void this.outbox.restore();
  }

  /** Fetches what no event reports, after a time without connection. */
  async #refresh(): Promise<void> {
    const loading = [
      this.drafts.load(),
      this.notifications.load(),
      this.loadEmoji(),
      this.loadGroups(),
      this.#loadOwnStatus(),
    ];
    await Promise.all(loading.map((each) => each.catch(() => {})));
  }

  async #loadOwnStatus(): Promise<void> {
    const { id } = this.me.peek();
    const shown = this.presence.of(id);
    // By its content, since each room that is opened reports the status again.
    const shownBefore = JSON.stringify(shown.peek());
    const status = await this.client.call(getStatus);
    // What the user has changed meanwhile is newer than the response; what a room has reported may be incomplete.
    if (JSON.stringify(shown.peek()) !== shownBefore) return this.#loadOwnStatus();
    this.presence.putOwn(id, status);
  }

  async #storeSnapshot(): Promise<void> {
    if (!this.channels.isListed.peek()) return;
    const snapshot = { me: this.me.peek(), channels: this.channels.snapshot, users: this.users.known };
    await this.database?.put("snapshot", snapshot, "current");
  }

  #addEphemeral(message: EphemeralMessage): void {
    if (this.ephemeral.peek().some(({ id }) => id === message.id)) return;
    this.ephemeral.value = [...this.ephemeral.peek(), message];
  }
}

/** Opens the database of a user and reads the state of the last visit. */
async function readStored(
  userId: string,
): Promise<{ database: Database | null; snapshot: Snapshot | undefined }> {
  // Without IndexedDB, as in some private windows, the page works, and loses unsent texts when it is closed.
  const database = await openDatabase(userId).catch(() => null);
  return { database, snapshot: await database?.get("snapshot", "current") };
}
