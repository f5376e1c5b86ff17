import { logDefect } from "../../errors/log-defect.ts";
import type { Config } from "../../config.ts";
import type { Actor } from "../../domain/actor.ts";
import { requireScope } from "../../domain/token-grant.ts";
import { reject } from "../../errors/app-error.ts";
import {
  changesSomething,
  type InvalidFrame,
  isFatal,
  parseFrame,
  type ParsedFrame,
} from "../../sockets/client-frame.ts";
import { drainState } from "../../lib/drain-state.ts";
import { rethrowSimulatedCrash } from "../../lib/failpoint.ts";
import { sessionUsed } from "../../domain/session-use.ts";
import { toAppError } from "../../errors/to-app-error.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { type HubUpgrade, upgradeResponse } from "../../sockets/upgrade.ts";
import { type ControlData, type FrameId, limits, type ServerEnvelope } from "../../protocol/index.ts";
import type { StatusService } from "../presence/status-service.ts";
import { type DeviceConnection, type DeviceSockets, receivesEvents } from "./devices.ts";
import type { SocketQuota } from "./socket-quota.ts";
import type { HubState } from "../hub-state.ts";
import { noSession, secondFactorRequired } from "../rpc-failures.ts";

/** How long a client with too many sockets is asked to wait; it is admitted once another socket has closed. */
const retryAfterMs = 5_000;

export interface UserSocketsOptions {
  hub: HubState;
  config: Config;
  quota: SocketQuota;
  status: StatusService;
}

/** The protocol of gateways' sockets to a hub: the upgrade, the first frames, and the client frames that concern the user. */
export class UserSockets {
  readonly #hub: HubState;
  readonly #devices: DeviceSockets;
  readonly #config: Config;
  readonly #quota: SocketQuota;
  readonly #status: StatusService;
  /** Changes of the status that wait for the look-up of a custom emoji. Later changes over the same socket wait for them. */
  readonly #statusChanges = new WeakMap<DeviceConnection, Promise<void>>();

  constructor({ hub, config, quota, status }: UserSocketsOptions) {
    this.#hub = hub;
    this.#devices = hub.devices;
    this.#config = config;
    this.#quota = quota;
    this.#status = status;
  }

  /**
   * Accepts a socket and replays the events after `since`.
   *
   * @throws `unauthenticated` for a session or ticket that is not valid; `rate_limited` when the user has too many sockets
   */
  async connect({ proof, requestId, since, epoch }: HubUpgrade): Promise<Response> {
    const proved =
      "ticket" in proof
        ? this.#hub.redeemTicket(proof.ticket)
        : this.#hub.authenticate(proof.sessionId, proof);
    if (!proved) return this.#rejectProof(proof);
    await this.#quota.refresh("connection");
    // The session may have ended while rooms were asked.
    const actor = this.#hub.authenticate(proved.sessionId);
    if (!actor) return this.#rejectProof(proved);
    requireScope(actor.grant, "read");
    this.#quota.check("connection");
    if (this.#devices.count >= this.#config.USER_SOCKETS)
      reject(
        "rate_limited",
        `You have ${this.#devices.count} open sockets, which is the limit for one user; close one first`,
        {
          retryAfterMs,
        },
      );
    if (this.#config.DRAIN_TOKEN) drainState.hubs.add(this.#hub.userId);
    return upgradeResponse(this.#accept(actor, since, epoch), requestId, { actor });
  }

  /** @throws `second_factor_required` for a session that has not passed it, otherwise `unauthenticated` */
  #rejectProof(proof: { sessionId: string } | { ticket: string }): never {
    const session = "sessionId" in proof ? this.#hub.liveSession(proof.sessionId) : undefined;
    return unwrap<never>(session && this.#hub.isRestricted(session) ? secondFactorRequired() : noSession());
  }

  /** Accepts the socket and sends the replay. No await in between, so that no event is missed between the replay and live events. */
  #accept(
    { userId, sessionId, grant }: Actor,
    since: number | undefined,
    epoch: string | undefined,
  ): WebSocket {
    const { events, presence } = this.#hub;
    this.#hub.commit(() => events.ensureStarted());
    const device = { userId, sessionId, idle: false, ...(grant && { grant }) };
    const { client, connection } = this.#devices.sockets.accept(device);
    this.#devices.sockets.send(connection, [
      JSON.stringify(this.#hello(connection, receivesEvents(device) ? undefined : { since, epoch })),
      ...(receivesEvents(device) ? events.replaySince(since, epoch) : []),
    ]);
    presence.deviceChanged(Date.now());
    return client;
  }

  /** @param frozen the client's position, if it receives none of the user's events: then there are none after it */
  #hello(
    { owner: { userId, sessionId } }: DeviceConnection,
    frozen: { since?: number | undefined; epoch?: string | undefined } | undefined,
  ): ServerEnvelope {
    const { frameBytes, contentLength, replayEvents, confirmEveryBytes } = limits;
    const { head, epoch } = this.#hub.events;
    const seq = frozen?.epoch === epoch ? Math.min(frozen?.since ?? head, head) : head;
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

  /** Handles a client frame that a gateway forwarded, or the gateway's report that its client is active. Errors become `error` frames. */
  receive(ws: WebSocket, message: string | ArrayBuffer): void {
    const connection = this.#devices.sockets.find(ws);
    if (!connection) return;
    if (message === sessionUsed) return void this.#hub.authenticate(connection.owner.sessionId);
    if (isFatal(message)) return this.#devices.sockets.close(connection, "tooBig");
    const frame = parseFrame(message);
    try {
      this.#handle(connection, frame);
    } catch (error) {
      this.#sendError(connection, frame.id, error);
    }
  }

  /** Handles the close of a socket. */
  closed(ws: WebSocket, code?: number): void {
    this.#devices.sockets.handleClose(ws, code);
    if (this.#hub.exists && !this.#hub.isErased) this.#hub.presence.deviceChanged(Date.now());
  }

  #handle(connection: DeviceConnection, frame: ParsedFrame | InvalidFrame): void {
    if (frame.kind === "invalid") throw frame.error;
    if (frame.kind === "seen") return this.#devices.sockets.confirm(connection, frame.data.bytes);
    if (frame.kind === "ping") return this.#send(connection, { type: "pong", ...idOf(frame.id) });
    if (changesSomething(frame)) requireScope(connection.owner.grant, "write");
    if (frame.kind !== "statusUpdate")
      reject("validation_failed", "This frame needs the `channelId` of a channel");
    const pending = this.#statusChanges.get(connection);
    if (!pending && this.#status.newCustomEmoji(frame.data) === undefined)
      return this.#changeStatus(connection, frame.data, frame.id);
    const change = this.#changeStatusAfter(pending, connection, frame);
    this.#statusChanges.set(connection, change);
    void change.finally(() => {
      if (this.#statusChanges.get(connection) === change) this.#statusChanges.delete(connection);
    });
  }

  /**
   * Changes the status once the previous change has ended and the new custom emoji was looked up. Which emoji is new depends on the status
   * that the previous change leaves.
   */
  async #changeStatusAfter(
    previous: Promise<void> | undefined,
    connection: DeviceConnection,
    { data, id }: Pick<Extract<ParsedFrame, { kind: "statusUpdate" }>, "data" | "id">,
  ): Promise<void> {
    await previous;
    try {
      await this.#status.requireNewEmoji(data);
      // The session may have ended while D1 was read; then its socket was closed.
      if (this.#hub.authenticate(connection.owner.sessionId)) this.#changeStatus(connection, data, id);
    } catch (error) {
      this.#sendError(connection, id, error);
    }
  }

  #changeStatus(
    connection: DeviceConnection,
    { idle, ...change }: ControlData<"statusUpdate">,
    id: FrameId | undefined,
  ): void {
    const wasIdle = connection.owner.idle;
    if (idle !== undefined) this.#devices.setIdle(connection, idle);
    try {
      const { shown } = this.#status.change(change, Date.now());
      this.#send(connection, { type: "ack", ...idOf(id), data: { ...shown } });
    } catch (error) {
      this.#devices.setIdle(connection, wasIdle);
      throw error;
    }
  }

  #sendError(connection: DeviceConnection, id: FrameId | undefined, error: unknown): void {
    rethrowSimulatedCrash(error);
    // Logged here: the runtime neither reports an error of `webSocketMessage` to the client nor closes the socket.
    logDefect(error);
    this.#send(connection, { type: "error", ...idOf(id), error: toAppError(error).toProblem() });
  }

  #send(connection: DeviceConnection, envelope: ServerEnvelope): void {
    this.#devices.sockets.send(connection, [JSON.stringify(envelope)]);
  }
}

const idOf = (id: FrameId | undefined): { id?: FrameId } => (id === undefined ? {} : { id });
