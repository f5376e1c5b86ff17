import { logDefect } from "../../errors/log-defect.ts";
import type { Config } from "../../config.ts";
import type { Actor } from "../../domain/actor.ts";
import { reject } from "../../errors/app-error.ts";
import { FrameError, isFatal, parseFrame, type ParsedFrame } from "../../sockets/client-frame.ts";
import { drainState } from "../../lib/drain-state.ts";
import { rethrowSimulatedCrash } from "../../lib/failpoint.ts";
import { sessionUsed } from "../../domain/session-use.ts";
import { toAppError } from "../../errors/to-app-error.ts";
import { type HubUpgrade, upgradeResponse } from "../../sockets/upgrade.ts";
import { type ControlData, type FrameId, limits, type ServerEnvelope } from "../../protocol/index.ts";
import type { DeviceConnection, DeviceSockets } from "./devices.ts";
import type { SocketQuota } from "./socket-quota.ts";
import type { HubState } from "../hub-state.ts";

/** One more of many is let in when another goes. */
const retryAfterMs = 5_000;

/** The doors of a hub for gateways: who comes in, what they hear first, and what they may say. */
export class UserSockets {
  readonly #hub: HubState;
  readonly #devices: DeviceSockets;
  readonly #config: Config;
  readonly #quota: SocketQuota;

  constructor(hub: HubState, { config, quota }: { config: Config; quota: SocketQuota }) {
    this.#hub = hub;
    this.#devices = hub.devices;
    this.#config = config;
    this.#quota = quota;
  }

  /** Takes a socket. Refuses `unauthenticated` for a proof that is no good, `rate_limited` for one socket too many. */
  async connect({ proof, requestId, since, epoch }: HubUpgrade): Promise<Response> {
    const proved =
      "ticket" in proof
        ? this.#hub.redeemTicket(proof.ticket)
        : this.#hub.authenticate(proof.sessionId, proof.generation);
    if (!proved) reject("unauthenticated", "No live session");
    await this.#quota.refresh("connection");
    // The session may have ended while rooms were asked.
    const actor = this.#hub.authenticate(proved.sessionId);
    if (!actor) reject("unauthenticated", "No live session");
    this.#quota.check("connection");
    if (this.#devices.count >= this.#config.USER_SOCKETS)
      reject("rate_limited", `You have ${this.#devices.count} sockets open, as many as a user may`, {
        retryAfterMs: retryAfterMs,
      });
    if (this.#config.DRAIN_TOKEN) drainState.hubs.add(this.#hub.userId);
    return upgradeResponse(this.#accept(actor, since, epoch), requestId, actor);
  }

  /** Without an await: what was missed and what follows meet without a hole. */
  #accept({ userId, sessionId }: Actor, since: number | undefined, epoch: string | undefined): WebSocket {
    const { events, presence } = this.#hub;
    this.#hub.commit(() => events.ensureStarted());
    const { client, connection } = this.#devices.sockets.accept({ userId, sessionId, idle: false });
    this.#devices.sockets.send(connection, [
      JSON.stringify(this.#hello(connection)),
      ...events.replaySince(since, epoch),
    ]);
    presence.deviceChanged(Date.now());
    return client;
  }

  #hello({ owner: { userId, sessionId } }: DeviceConnection): ServerEnvelope {
    const { frameBytes, contentLength, replayEvents, confirmEveryBytes } = limits;
    const { head: seq, epoch } = this.#hub.events;
    return {
      type: "hello",
      data: {
        userId,
        sessionId,
        heartbeatMs: this.#config.HEARTBEAT_MS,
        limits: {
          frameBytes,
          contentLength,
          replayEvents,
          confirmEveryBytes,
          commandsPerSecond: this.#config.SOCKET_COMMANDS_PER_SECOND,
          commandsBurst: this.#config.SOCKET_COMMANDS_BURST,
          channels: this.#config.GATEWAY_CHANNELS,
        },
        seq,
        ...(epoch !== null && { epoch }),
      },
    };
  }

  /** A frame that a gateway passed on, or its own. What can't be done is answered by an `error`. Throws nothing. */
  receive(ws: WebSocket, message: string | ArrayBuffer): void {
    const connection = this.#devices.sockets.find(ws);
    if (!connection) return;
    if (message === sessionUsed) return void this.#hub.authenticate(connection.owner.sessionId);
    if (isFatal(message)) return this.#devices.sockets.close(connection, "tooBig");
    let id: FrameId | undefined;
    try {
      const frame = parseFrame(message);
      id = frame.id;
      this.#handle(connection, frame);
    } catch (error) {
      this.#sendError(connection, id, error);
    }
  }

  /** The other end went. */
  closed(ws: WebSocket, code?: number): void {
    this.#devices.sockets.closed(ws, code);
    if (this.#hub.exists) this.#hub.presence.deviceChanged(Date.now());
  }

  #handle(connection: DeviceConnection, frame: ParsedFrame): void {
    if (frame.kind === "seen") return this.#devices.sockets.confirm(connection, frame.data.bytes);
    if (frame.kind === "ping") return this.#send(connection, { type: "pong", ...idOf(frame.id) });
    if (frame.kind !== "statusUpdate") reject("validation_failed", "This frame is for a channel");
    this.#changeStatus(connection, frame.data, frame.id);
  }

  #changeStatus(
    connection: DeviceConnection,
    { idle, ...change }: ControlData<"statusUpdate">,
    id: FrameId | undefined,
  ): void {
    const wasIdle = connection.owner.idle;
    if (idle !== undefined) this.#devices.setIdle(connection, idle);
    try {
      const { shown } = this.#hub.changeStatus(change, Date.now());
      this.#send(connection, { type: "ack", ...idOf(id), data: { ...shown } });
    } catch (error) {
      this.#devices.setIdle(connection, wasIdle);
      throw error;
    }
  }

  #sendError(connection: DeviceConnection, id: FrameId | undefined, error: unknown): void {
    // A throw here would neither close the socket nor be reported.
    rethrowSimulatedCrash(error);
    if (error instanceof FrameError)
      return this.#send(connection, { type: "error", ...idOf(error.id), error: error.refusal.toProblem() });
    const known = toAppError(error);
    logDefect(error);
    this.#send(connection, { type: "error", ...idOf(id), error: known.toProblem() });
  }

  #send(connection: DeviceConnection, item: ServerEnvelope): void {
    this.#devices.sockets.send(connection, [JSON.stringify(item)]);
  }
}

const idOf = (id: FrameId | undefined): { id?: FrameId } => (id === undefined ? {} : { id });
