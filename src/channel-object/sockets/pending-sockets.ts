import type { SubscriberConnection } from "./subscriber.ts";

/** Sockets that are on their way in: their hub may have admitted them, the room has not accepted them yet. */
export class PendingSockets {
  readonly #ids = new Map<string, Set<string>>();

  /** Runs `connect` under a new socket id, which counts as one of the user's sockets until `connect` has settled. */
  async admit<T>(userId: string, connect: (socketId: string) => Promise<T>): Promise<T> {
    const socketId = crypto.randomUUID();
    const ids = this.#ids.get(userId) ?? new Set();
    this.#ids.set(userId, ids.add(socketId));
    try {
      return await connect(socketId);
    } finally {
      ids.delete(socketId);
      if (ids.size === 0) this.#ids.delete(userId);
    }
  }

  /** The ids of the user's sockets: those on their way in, and `connections`, those that are open. */
  socketIds(userId: string, connections: Iterable<SubscriberConnection>): string[] {
    const ids = [...(this.#ids.get(userId) ?? [])];
    for (const { owner } of connections) if (owner.socketId !== undefined) ids.push(owner.socketId);
    return ids;
  }
}
