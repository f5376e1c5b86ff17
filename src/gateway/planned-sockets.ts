import type { Actor, CheckedActor, PlannedSockets } from "../domain/actor.ts";
import { newSocketId } from "../domain/socket-id.ts";
import { type Attachment, attachmentOf } from "../sockets/upgrade.ts";

/** The calls to the user's hub, for one session. */
export interface SocketHub {
  /** @throws `unauthenticated` when the session is not live */
  attach(planned: PlannedSockets): Promise<CheckedActor>;
  /** Returns those of the channels to which the user was admitted before. */
  admittedChannels(channelIds: string[]): Promise<string[]>;
}

/** What the hub answers about a channel to which a socket is planned. */
export interface PlannedSocket {
  /** Whether the user was admitted to the channel before, so that its room exists and may be called. */
  isAdmitted: boolean;
  /** The user's role in the workspace now. */
  role: Actor["role"];
  /** What the room needs to accept the socket. Undefined if the hub did not register it: then the room calls the hub. */
  attachment: Attachment | undefined;
}

type Answer = (socketId: string, channelId: string) => PlannedSocket;
type Batch = { sockets: Map<string, string>; answer: Promise<Answer> };

/**
 * Registers sockets to rooms with the user's hub before the gateway opens them. A client that connects subscribes to many channels at
 * once: the channels whose frames have arrived share a call, and while a call is in progress further channels wait for the next one.
 */
export class SocketPlanner {
  readonly #hub: SocketHub;
  #next: Batch | undefined;
  #lastCall: Promise<unknown> = Promise.resolve();

  constructor(hub: SocketHub) {
    this.#hub = hub;
  }

  /** Registers one socket. @throws `unauthenticated` when the session has ended, and what the call to the hub throws */
  async plan(channelId: string): Promise<PlannedSocket> {
    this.#next ??= this.#newBatch();
    const { sockets, answer } = this.#next;
    const socketId = newSocketId();
    sockets.set(socketId, channelId);
    return (await answer)(socketId, channelId);
  }

  #newBatch(): Batch {
    const sockets: Batch["sockets"] = new Map();
    const answer = this.#lastCall.then(async () => {
      // Frames that have arrived with this one are read before a timer fires.
      await scheduler.wait(0);
      this.#next = undefined;
      return this.#attach(sockets);
    });
    this.#lastCall = answer.catch(() => {});
    return { sockets, answer };
  }

  async #attach(sockets: Batch["sockets"]): Promise<Answer> {
    const { attached, role } = await this.#hub.attach({
      via: "gateway",
      sockets: [...sockets].map(([socketId, channelId]) => ({ socketId, channelId })),
    });
    // A hub of an earlier release has checked the session alone.
    const admitted = new Set(
      attached?.admittedChannelIds ?? (await this.#hub.admittedChannels([...new Set(sockets.values())])),
    );
    return (socketId, channelId) => ({
      isAdmitted: admitted.has(channelId),
      role,
      attachment: attachmentOf(socketId, attached),
    });
  }
}
