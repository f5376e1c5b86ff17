import type { UserStatus } from "../../domain/actor.ts";
import { limits, type StatusChange } from "../../protocol/index.ts";
import type { DisconnectGrace } from "./disconnect-grace.ts";
import type { SubscriberConnection } from "../sockets/subscriber.ts";

interface Here {
  connections: Set<SubscriberConnection>;
  status: UserStatus;
}

/** Hears of each user whom others see otherwise than `before`; undefined: they did not see them. */
type Changed = (userId: string, before: UserStatus | undefined) => void;

/**
 * Who is present in a room: who has a socket here, and who had one a moment ago. Kept as sockets come and go, so that nobody
 * has to look through them. Who is invisible is here, and seen by nobody.
 */
export class Presence {
  readonly #departures: DisconnectGrace;
  readonly #changed: Changed;
  readonly #here = new Map<string, Here>();
  /** Whom others see, and how. */
  readonly #seen = new Map<string, UserStatus>();

  /** `connections`: those that outlived the object's memory, of whom everybody knows. */
  constructor(departures: DisconnectGrace, connections: Iterable<SubscriberConnection>, changed: Changed) {
    this.#departures = departures;
    this.#changed = changed;
    for (const connection of connections) this.#see(this.#add(connection));
    for (const status of departures.all) this.#see(status);
  }

  /** How many others see. */
  get count(): number {
    return this.#seen.size;
  }

  /** Whom others see, the first 200 of them. */
  get online(): string[] {
    const online: string[] = [];
    for (const userId of this.#seen.keys()) {
      if (online.length >= limits.onlineListed) break;
      online.push(userId);
    }
    return online;
  }

  /** How others see this user; undefined: not at all. */
  seen(userId: string): UserStatus | undefined {
    return this.#seen.get(userId);
  }

  /** Of those listed, who are not plainly online, or say something about themselves. */
  get statuses(): StatusChange[] {
    return this.online.flatMap((userId) => {
      const status = this.#seen.get(userId);
      return (status && notable(status)) ?? [];
    });
  }

  /** Who has a socket here and is seen; not who is just leaving. */
  get connectedIds(): string[] {
    return [...this.#here.keys()].filter((userId) => this.#seen.has(userId));
  }

  /** Whether they have a socket here, or had one a moment ago. */
  has(userId: string): boolean {
    return this.#here.has(userId) || this.#departures.find(userId) !== undefined;
  }

  connectionsOf(userId: string): Iterable<SubscriberConnection> {
    return this.#here.get(userId)?.connections ?? [];
  }

  /** How this user shows themselves, as far as the room knows. */
  statusOf(userId: string): UserStatus | undefined {
    return this.#here.get(userId)?.status ?? this.#departures.find(userId);
  }

  enter(connection: SubscriberConnection): void {
    const status = this.#add(connection);
    this.#departures.cancel(status.userId);
    this.#show(status);
  }

  /** One whose socket ended while the object had no memory is not known here, but to everybody else. */
  leave(connection: SubscriberConnection, nowMs: number): void {
    const { userId, status } = connection.owner;
    const here = this.#here.get(userId);
    here?.connections.delete(connection);
    if (here && here.connections.size > 0) return;
    this.#here.delete(userId);
    if (this.#departures.find(userId)) return;
    this.#see(here?.status ?? status);
    if (this.#seen.has(userId)) this.#departures.note(here?.status ?? status, nowMs);
  }

  /** By the alarm: those who did not come back in time are gone. */
  expire(nowMs: number): void {
    for (const userId of this.#departures.takeGone(nowMs)) if (!this.#here.has(userId)) this.#hide(userId);
  }

  /** Takes a status that is newer than the one known; false: they are not here. */
  setStatus(status: UserStatus): boolean {
    const { userId, rev } = status;
    const known = this.statusOf(userId);
    if (!known) return false;
    if (known.rev >= rev) return true;
    const here = this.#here.get(userId);
    if (here) here.status = status;
    else if (isVisible(status)) this.#departures.restate(status);
    else this.#departures.cancel(userId);
    this.#show(status);
    return true;
  }

  #add(connection: SubscriberConnection): UserStatus {
    const { userId, status } = connection.owner;
    const here = this.#here.get(userId) ?? { connections: new Set(), status };
    here.connections.add(connection);
    if (here.status.rev < status.rev) here.status = status;
    this.#here.set(userId, here);
    return here.status;
  }

  #see(status: UserStatus): void {
    if (isVisible(status)) this.#seen.set(status.userId, status);
  }

  #show(status: UserStatus): void {
    if (!isVisible(status)) return this.#hide(status.userId);
    const before = this.#seen.get(status.userId);
    this.#seen.set(status.userId, status);
    if (!before || !isSame(before, status)) this.#changed(status.userId, before);
  }

  #hide(userId: string): void {
    const before = this.#seen.get(userId);
    if (this.#seen.delete(userId)) this.#changed(userId, before);
  }
}

const isVisible = ({ presence }: UserStatus): boolean => presence !== "offline";

/** What others see of them. A custom status that is past its end is none, though the hub has yet to say so. */
export function statusChange({ userId, presence, custom }: UserStatus): StatusChange {
  const isOver = custom?.expiresAt !== undefined && Date.parse(custom.expiresAt) <= Date.now();
  return { userId, presence, custom: isOver ? null : custom };
}

/** The same of one who is not plainly online, or says something about themselves. */
export function notable(status: UserStatus): StatusChange | undefined {
  const change = statusChange(status);
  return change.presence !== "online" || change.custom !== null ? change : undefined;
}

/** As others see it. */
export const isSame = (one: UserStatus, other: UserStatus): boolean =>
  one.presence === other.presence && JSON.stringify(one.custom) === JSON.stringify(other.custom);
