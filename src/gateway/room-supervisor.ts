import { describeError, logLine } from "../lib/log-line.ts";
import { callObject } from "../rpc/stubs.ts";
import { supervisorCodes } from "../sockets/supervision.ts";
import { upgradeRequest } from "../sockets/upgrade.ts";
import { echoTimeoutMs } from "./close-handshake.ts";

export interface SupervisionOptions {
  /** A stub of the room that holds the socket. */
  room(): Pick<Fetcher, "fetch">;
  /** The socket's, which the room was given with the upgrade. */
  supervisionId: string;
  requestId: string;
  /** Ends the client's TCP connection. Does nothing to one that has ended. */
  cut(): void;
}

/**
 * Ends the TCP connection of a client whose socket to a room was handed to it, once the close handshake is over or has timed out.
 *
 * The platform's own end is not enough. workerd does not finish its pump from a TCP connection into a socket pair when the first frame
 * is a close frame (`BlockedReceive::tryPumpFrom` in kj/compat/http.c++ goes on pumping), so that such a connection stays open until
 * garbage collection frees the room's end; and an object has no means to end a connection whose client sends no echo.
 *
 * The room reports over a socket of its own, which hibernates with the room. No frame of the client's passes through here.
 *
 * @returns when nothing is left to supervise; for `waitUntil`.
 */
export async function supervise({ room, supervisionId, requestId, cut }: SupervisionOptions): Promise<void> {
  const request = upgradeRequest({ requestId, supervises: supervisionId });
  try {
    const { webSocket } = await callObject(() => room().fetch(request));
    // No socket: the client's has been closed already.
    if (webSocket) await reported(webSocket);
    else await new Promise((resolve) => setTimeout(resolve, echoTimeoutMs));
    cut();
  } catch (error) {
    // The room restarts, which ends the client's socket as well, or is overloaded: the socket goes on without a supervisor.
    logLine({ level: "warn", message: "supervisor.connect_failed", requestId, error: describeError(error) });
  }
}

/** Resolves when the connection is to be cut. */
function reported(ws: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const timeOut = (): void => void setTimeout(resolve, echoTimeoutMs);
    ws.addEventListener("message", timeOut);
    ws.addEventListener("close", ({ code }) => (code === supervisorCodes.answered ? timeOut() : resolve()));
    ws.addEventListener("error", () => resolve());
    ws.accept();
  });
}
