import type { Config } from "../../config.ts";
import {
  type Connection,
  type SocketOwner,
  SocketRegistry,
  socketRegistryOptions,
} from "../../durable/socket-registry.ts";

/** Where a gateway holds a client's socket: one of the user's devices. */
export interface DeviceSession extends SocketOwner {
  /** Nobody is at it. */
  idle: boolean;
}

export type DeviceConnection = Connection<DeviceSession>;

/** The gateways' sockets to a hub. The platform keeps them, and what is known of them, through hibernation. */
export class DeviceSockets {
  readonly sockets: SocketRegistry<DeviceSession>;

  /** In the object's constructor. */
  constructor(ctx: DurableObjectState, config: Config) {
    this.sockets = new SocketRegistry(ctx, socketRegistryOptions(config), () => {});
  }

  get count(): number {
    return this.sockets.size;
  }

  /** Whether there is one at all, and nobody at any. */
  get allIdle(): boolean {
    return this.count > 0 && !this.sockets.has(({ idle }) => !idle);
  }

  broadcast(envelopes: readonly string[]): void {
    if (envelopes.length > 0) this.sockets.broadcast(envelopes);
  }

  /** Closes those of sessions that are over. */
  closeSessions(sessionIds: ReadonlySet<string>): void {
    for (const connection of this.sockets.all)
      if (sessionIds.has(connection.owner.sessionId)) this.sockets.close(connection, "sessionEnded");
  }

  setIdle(connection: DeviceConnection, idle: boolean): void {
    if (connection.owner.idle !== idle) this.sockets.updateOwner(connection, { ...connection.owner, idle });
  }
}
