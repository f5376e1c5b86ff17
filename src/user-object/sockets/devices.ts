import type { Config } from "../../config.ts";
import { type Connection, type Holder, Sockets, socketsOptions } from "../../durable/socket-registry.ts";

/** Where a gateway holds a client's socket: one of the user's devices. */
export interface Device extends Holder {
  /** Nobody is at it. */
  idle: boolean;
}

export type DeviceConnection = Connection<Device>;

/** The gateways' sockets to a hub. The platform keeps them, and what is known of them, through hibernation. */
export class Devices {
  readonly sockets: Sockets<Device>;

  /** In the object's constructor. */
  constructor(ctx: DurableObjectState, config: Config) {
    this.sockets = new Sockets(ctx, socketsOptions(config), () => {});
  }

  get count(): number {
    return this.sockets.size;
  }

  /** Whether there is one at all, and nobody at any. */
  get areIdle(): boolean {
    return this.count > 0 && !this.sockets.has(({ idle }) => !idle);
  }

  hear(envelopes: readonly string[]): void {
    if (envelopes.length > 0) this.sockets.broadcast(envelopes);
  }

  /** Closes those of sessions that are over. */
  end(sessionIds: ReadonlySet<string>): void {
    for (const connection of this.sockets.all)
      if (sessionIds.has(connection.holder.sessionId)) this.sockets.close(connection, "sessionEnded");
  }

  setIdle(connection: DeviceConnection, idle: boolean): void {
    if (connection.holder.idle !== idle) this.sockets.rename(connection, { ...connection.holder, idle });
  }
}
