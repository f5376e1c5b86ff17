import { randomToken } from "../lib/ids.ts";
import { describeError, logLine } from "../lib/log-line.ts";
import { within } from "../lib/parallel.ts";
import { callObject } from "../rpc/stubs.ts";
import { closeSocket } from "../sockets/close-socket.ts";
import { parseSupervisionFrame, supervisionIdOf } from "../sockets/supervision.ts";
import { upgradeRequest } from "../sockets/upgrade.ts";
import { closeCodes } from "../protocol/index.ts";
import { echoTimeoutMs } from "./close-handshake.ts";

export interface SupervisionOptions {
  channelId: string;
  /** Returns a stub of the channel's room. */
  room(): Pick<Fetcher, "fetch">;
  requestId: string;
  /** Keeps an invocation alive (`ExecutionContext.waitUntil`). */
  waitUntil(work: Promise<unknown>): void;
}

/** One client's socket to a room, under supervision. */
export interface SupervisedSocket {
  /** The id that the room receives with the upgrade. */
  supervisionId: string;
  /** Resolves when the supervision has ended. Returns whether the client's TCP connection is to be ended. For `waitUntil`. */
  closed(): Promise<boolean>;
  /** Ends the supervision. Call it if the room has not accepted the socket. */
  release(): void;
}

/** What the room reports about a socket. */
interface Watched {
  closing(): void;
  /** @param isReported false if the room can no longer report */
  over(isReported: boolean): void;
}

/**
 * A timer keeps its invocation alive; a promise that another invocation resolves (`handle_cross_request_promise_resolution`, which the
 * compatibility date turns on) does not. The longest timer: 24 days.
 */
const keepAliveMs = 2 ** 31 - 1;
/** How long a client waits for the supervision. */
const connectTimeoutMs = 10_000;

/** By channel id, the supervisors of this isolate, or those that are connecting. */
const supervisors = new Map<string, Promise<RoomSupervisor>>();

/**
 * Supervises a client's direct socket to a room, so that its TCP connection ends once the close handshake is complete or has timed out.
 *
 * The platform alone is not enough. workerd does not end its pump from a TCP connection into a socket pair when the first frame is a close
 * frame (`BlockedReceive::tryPumpFrom` in kj/compat/http.c++ keeps pumping), so that such a connection stays open until garbage collection
 * frees the room's end; and an object cannot end a connection whose client sends no echo.
 *
 * The room reports over a separate socket, which all clients of one room share in an isolate and which hibernates with the room. The
 * clients' frames do not pass through here. Call it before the room receives the upgrade, so that no report is lost.
 *
 * @returns undefined if the room can't be reached: it restarts, which closes the client's socket too, or is overloaded
 */
export async function supervise(options: SupervisionOptions): Promise<SupervisedSocket | undefined> {
  const { channelId, requestId } = options;
  const connecting = supervisors.get(channelId) ?? connect(options);
  try {
    return (await within(connectTimeoutMs, connecting)).add();
  } catch (error) {
    forget(channelId, connecting);
    logLine({ level: "warn", message: "supervisor.connect_failed", requestId, error: describeError(error) });
    return undefined;
  }
}

/** Opens a supervisor's socket. Other invocations wait for it too, so that a disconnect of this client must not cancel it. */
function connect(options: SupervisionOptions): Promise<RoomSupervisor> {
  const { channelId, room, requestId, waitUntil } = options;
  const open = async (): Promise<RoomSupervisor> => {
    const id = randomToken(16);
    const request = upgradeRequest({ requestId, supervises: id });
    const { webSocket, status } = await callObject(() => room().fetch(request));
    if (!webSocket) throw new Error(`The room answered ${status}`);
    const supervisor = new RoomSupervisor(id, webSocket, () => forget(channelId, connecting));
    waitUntil(supervisor.run());
    return supervisor;
  };
  const connecting = open();
  supervisors.set(channelId, connecting);
  waitUntil(connecting.catch(() => {}));
  return connecting;
}

/** Makes the next client open another supervisor's socket. */
function forget(channelId: string, supervisor: Promise<RoomSupervisor>): void {
  if (supervisors.get(channelId) === supervisor) supervisors.delete(channelId);
}

/** The supervision of one room's sockets in this isolate. Belongs to the invocation that opened its socket, which lives as long as it. */
class RoomSupervisor {
  readonly #id: string;
  readonly #ws: WebSocket;
  /** By number, the sockets under supervision. */
  readonly #watched = new Map<number, Watched>();
  readonly #onEnd: () => void;
  readonly #idle = Promise.withResolvers<void>();
  #lastNumber = 0;

  /** @param onEnd called when no further socket may be added */
  constructor(id: string, ws: WebSocket, onEnd: () => void) {
    this.#id = id;
    this.#ws = ws;
    this.#onEnd = onEnd;
  }

  add(): SupervisedSocket {
    const number = ++this.#lastNumber;
    const closing = Promise.withResolvers<void>();
    const over = Promise.withResolvers<boolean>();
    this.#watched.set(number, { closing: closing.resolve, over: over.resolve });
    return {
      supervisionId: supervisionIdOf(this.#id, number),
      closed: async () => {
        const keepAlive = setTimeout(() => {}, keepAliveMs);
        const timedOut = async (): Promise<boolean> => {
          await closing.promise;
          await new Promise((resolve) => setTimeout(resolve, echoTimeoutMs));
          return true;
        };
        const endsConnection = await Promise.race([over.promise, timedOut()]);
        clearTimeout(keepAlive);
        this.#remove(number);
        return endsConnection;
      },
      release: () => this.#remove(number),
    };
  }

  /** Handles reports until no socket is left, or the room's end has closed, and with it its clients' sockets. */
  async run(): Promise<void> {
    const ws = this.#ws;
    const { promise, resolve } = this.#idle;
    ws.addEventListener("message", ({ data }) => this.#receive(String(data)));
    ws.addEventListener("close", () => resolve());
    ws.addEventListener("error", () => resolve());
    ws.accept();
    await promise;
    this.#onEnd();
    for (const { over } of this.#watched.values()) over(false);
    closeSocket(ws, closeCodes.done.code);
  }

  #receive(frame: string): void {
    const { report, number } = parseSupervisionFrame(frame);
    const watched = this.#watched.get(number);
    if (report === "over") watched?.over(true);
    else watched?.closing();
  }

  /** Called by other invocations too, which may not use the socket: `run` closes it. */
  #remove(number: number): void {
    this.#watched.delete(number);
    if (this.#watched.size > 0) return;
    this.#onEnd();
    this.#idle.resolve();
  }
}
