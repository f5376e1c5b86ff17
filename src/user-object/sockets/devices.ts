import type { Config } from "../../config.ts";
import { includesChannel, type TokenGrant } from "../../domain/token-grant.ts";
import type {
  CloseReason,
  UserSignalData,
  UserSignalEnvelope,
  UserSignalType,
} from "../../protocol/index.ts";
import { isoTime } from "../../lib/time.ts";
import {
  type Connection,
  type SocketOwner,
  SocketRegistry,
  socketRegistryOptions,
} from "../../durable/socket-registry.ts";

/** One connected device: a socket of a gateway, which serves one client. */
export interface DeviceSession extends SocketOwner {
  /** The client reported that its user is inactive. */
  idle: boolean;
  /** What the token permits with which the socket was opened; absent for a session of a person. */
  grant?: TokenGrant;
}

/**
 * Whether a device receives the user's own events. A token that is restricted to channels receives none of them: they concern all channels
 * of the user.
 */
export const receivesEvents = ({ grant }: DeviceSession): boolean => !grant?.channelIds;

export type DeviceConnection = Connection<DeviceSession>;

/** The sockets of gateways to a hub. The platform keeps them and their attachments while the object hibernates. */
export class DeviceSockets {
  readonly sockets: SocketRegistry<DeviceSession>;

  /** Only in the object's constructor, where the sockets are restored after hibernation. */
  constructor(ctx: DurableObjectState, config: Config) {
    this.sockets = new SocketRegistry(ctx, socketRegistryOptions(config));
  }

  get count(): number {
    return this.sockets.size;
  }

  /** Whether there is a device and all devices are idle. */
  get allIdle(): boolean {
    return this.count > 0 && !this.sockets.has(({ idle }) => !idle);
  }

  /** Whether a person is active on a device: one that is not idle, and whose socket no program opened with a token. */
  get isPersonActive(): boolean {
    return this.sockets.has(({ idle, grant }) => !idle && !grant);
  }

  /** Sends frames to all devices. */
  broadcast(envelopes: readonly string[]): void {
    if (envelopes.length > 0) this.sockets.broadcast(() => envelopes, undefined, receivesEvents);
  }

  /** Sends a signal about a channel to all devices, except those whose token is restricted to other channels. */
  signal<T extends UserSignalType>(type: T, channelId: string, data: UserSignalData<T>, nowMs: number): void {
    const envelope = { type, at: isoTime(nowMs), data } as UserSignalEnvelope;
    this.sockets.broadcast(
      () => [JSON.stringify(envelope)],
      undefined,
      ({ grant }) => includesChannel(grant, channelId),
    );
  }

  /**
   * Sends a signal about a channel to one device: the one that connected last, among those whose token is not restricted to other channels.
   * After a program reconnects, its former socket may still look open.
   *
   * @returns whether there is one, and its send window is open
   */
  signalOne<T extends UserSignalType>(
    type: T,
    channelId: string,
    data: UserSignalData<T>,
    nowMs: number,
  ): boolean {
    const newest = [...this.sockets.all].findLast(({ owner }) => includesChannel(owner.grant, channelId));
    if (!newest) return false;
    const envelope = { type, at: isoTime(nowMs), data } as UserSignalEnvelope;
    this.sockets.send(newest, [JSON.stringify(envelope)]);
    return this.sockets.find(newest.ws) !== undefined;
  }

  /** Closes the sockets of these sessions. */
  closeSessions(sessionIds: ReadonlySet<string>): void {
    if (sessionIds.size === 0) return;
    for (const connection of this.sockets.all)
      if (sessionIds.has(connection.owner.sessionId)) this.sockets.close(connection, "sessionEnded");
  }

  /** Closes all sockets. */
  closeAll(reason: CloseReason): void {
    for (const connection of this.sockets.all) this.sockets.close(connection, reason);
  }

  setIdle(connection: DeviceConnection, idle: boolean): void {
    if (connection.owner.idle !== idle) this.sockets.updateOwner(connection, { ...connection.owner, idle });
  }
}
