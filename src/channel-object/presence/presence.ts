import type { UserStatus } from "../../domain/actor.ts";
import { limits, type StatusChange } from "../../protocol/index.ts";
import type { DisconnectGrace } from "./disconnect-grace.ts";
import type { SubscriberConnection } from "../sockets/subscriber.ts";

interface ConnectedUser {
  connections: Set<SubscriberConnection>;
  status: UserStatus;
}

export interface PresenceObserver {
  /** Called when others see a user differently than before. @param before undefined: others did not see them */
  presenceChanged(userId: string, before: UserStatus | undefined): void;
}

/**
 * The users who are present in a room: those with a socket here, and those in the grace period after a disconnect. Updated with each socket, so
 * that reading it needs no scan. An invisible user is connected and not visible to others.
 */
export class Presence {
  readonly #grace: DisconnectGrace;
  readonly #observer: PresenceObserver;
  readonly #connected = new Map<string, ConnectedUser>();
  /** The status that others see, by user; invisible users have no entry. */
  readonly #visible = new Map<string, UserStatus>();

  /** @param connections those from before an eviction: they were announced then, so the observer is not called for them */
  constructor(
    grace: DisconnectGrace,
    connections: Iterable<SubscriberConnection>,
    observer: PresenceObserver,
  ) {
    this.#grace = grace;
    this.#observer = observer;
    for (const connection of connections) this.#setVisible(this.#add(connection));
    for (const status of grace.all) this.#setVisible(status);
  }

  /** The number of visible users. */
  get count(): number {
    return this.#visible.size;
  }

  /** The first 200 visible users. */
  get online(): string[] {
    const online: string[] = [];
    for (const userId of this.#visible.keys()) {
      if (online.length >= limits.onlineListed) break;
      online.push(userId);
    }
    return online;
  }

  /** Returns the status that others see of this user; undefined if they are not visible. */
  visibleStatus(userId: string): UserStatus | undefined {
    return this.#visible.get(userId);
  }

  /** The statuses of the users in `online`, except those that are simply online without a custom status. */
  get statuses(): StatusChange[] {
    return this.online.flatMap((userId) => {
      const status = this.#visible.get(userId);
      return (status && notableStatus(status)) ?? [];
    });
  }

  /** The visible users with a socket here; not those in the grace period. */
  get connectedIds(): string[] {
    return [...this.#connected.keys()].filter((userId) => this.#visible.has(userId));
  }

  /** Returns whether a user has a socket here or is in the grace period. */
  has(userId: string): boolean {
    return this.#connected.has(userId) || this.#grace.find(userId) !== undefined;
  }

  connectionsOf(userId: string): Iterable<SubscriberConnection> {
    return this.#connected.get(userId)?.connections ?? [];
  }

  /** Returns the last status of a present user, which others may not see. */
  statusOf(userId: string): UserStatus | undefined {
    return this.#connected.get(userId)?.status ?? this.#grace.find(userId);
  }

  addConnection(connection: SubscriberConnection): void {
    const status = this.#add(connection);
    this.#grace.cancel(status.userId);
    this.#update(status);
  }

  /**
   * Removes a connection and starts the grace period with a user's last one. A connection that closed while the room was evicted is not
   * in memory here, but others still see its user.
   */
  removeConnection(connection: SubscriberConnection, nowMs: number): void {
    const { userId, status } = connection.owner;
    const user = this.#connected.get(userId);
    user?.connections.delete(connection);
    if (user && user.connections.size > 0) return;
    this.#connected.delete(userId);
    if (this.#grace.find(userId)) return;
    this.#setVisible(user?.status ?? status);
    if (this.#visible.has(userId)) this.#grace.start(user?.status ?? status, nowMs);
  }

  /** Removes the users whose grace period is over. For the scheduled task. */
  expire(nowMs: number): void {
    for (const userId of this.#grace.removeExpired(nowMs))
      if (!this.#connected.has(userId)) this.#hide(userId);
  }

  /** Sets a user's status unless the stored one is newer. Returns whether the user is present. */
  setStatus(status: UserStatus): boolean {
    const { userId, rev } = status;
    const current = this.statusOf(userId);
    if (!current) return false;
    if (current.rev >= rev) return true;
    const user = this.#connected.get(userId);
    if (user) user.status = status;
    else if (isVisible(status)) this.#grace.updateStatus(status);
    else this.#grace.cancel(userId);
    this.#update(status);
    return true;
  }

  #add(connection: SubscriberConnection): UserStatus {
    const { userId, status } = connection.owner;
    const user = this.#connected.get(userId) ?? { connections: new Set(), status };
    user.connections.add(connection);
    if (user.status.rev < status.rev) user.status = status;
    this.#connected.set(userId, user);
    return user.status;
  }

  /** Sets what others see without calling the observer. */
  #setVisible(status: UserStatus): void {
    if (isVisible(status)) this.#visible.set(status.userId, status);
  }

  #update(status: UserStatus): void {
    if (!isVisible(status)) return this.#hide(status.userId);
    const before = this.#visible.get(status.userId);
    this.#visible.set(status.userId, status);
    if (!before || !isSame(before, status)) this.#observer.presenceChanged(status.userId, before);
  }

  #hide(userId: string): void {
    const before = this.#visible.get(userId);
    if (this.#visible.delete(userId)) this.#observer.presenceChanged(userId, before);
  }
}

const isVisible = ({ presence }: UserStatus): boolean => presence !== "offline";

/** Returns what others see of a user. An expired custom status is left out, though the hub has not removed it yet. */
export function statusChange({ userId, presence, custom }: UserStatus): StatusChange {
  const isExpired = custom?.expiresAt !== undefined && Date.parse(custom.expiresAt) <= Date.now();
  return { userId, presence, custom: isExpired ? null : custom };
}

/** Returns what others see of a user; undefined for a user without a custom status who is simply online. */
export function notableStatus(status: UserStatus): StatusChange | undefined {
  const change = statusChange(status);
  return change.presence !== "online" || change.custom !== null ? change : undefined;
}

/** Returns whether two statuses look the same to others. */
export const isSame = (one: UserStatus, other: UserStatus): boolean =>
  one.presence === other.presence && JSON.stringify(one.custom) === JSON.stringify(other.custom);
