import { describeError, logLine } from "../lib/log-line.ts";
import { callObject } from "../rpc/stubs.ts";
import { supervisorCodes } from "../sockets/supervision.ts";
import { upgradeRequest } from "../sockets/upgrade.ts";
import { echoTimeoutMs } from "./close-handshake.ts";

export interface SupervisionOptions {
  /** Returns a stub of the room that accepted the socket. */
  room(): Pick<Fetcher, "fetch">;
  /** The id that the room received with the upgrade. */
  supervisionId: string;
  requestId: string;
  /** Ends the client's TCP connection, if it is still open. */
  endConnection(): void;
}

/**
 * Ends the TCP connection of a client with a direct socket to a room, once the close handshake is complete or has timed out.
 *
 * The platform alone is not enough. workerd does not end its pump from a TCP connection into a socket pair when the first frame is a close
 * frame (`BlockedReceive::tryPumpFrom` in kj/compat/http.c++ keeps pumping), so that such a connection stays open until garbage collection
 * frees the room's end; and an object cannot end a connection whose client sends no echo.
 *
 * The room reports over a separate socket, which hibernates with the room. The client's frames do not pass through here.
 *
 * @returns when there is nothing left to supervise, for `waitUntil`
 */
export async function supervise({
  room,
  supervisionId,
  requestId,
  endConnection,
}: SupervisionOptions): Promise<void> {
  const request = upgradeRequest({ requestId, supervises: supervisionId });
  try {
    const { webSocket } = await callObject(() => room().fetch(request));
    // No socket: the client's has closed already.
    if (webSocket) await closeReported(webSocket);
    else await new Promise((resolve) => setTimeout(resolve, echoTimeoutMs));
    endConnection();
  } catch (error) {
    // The room restarts, which closes the client's socket too, or is overloaded: the socket then has no supervisor.
    logLine({ level: "warn", message: "supervisor.connect_failed", requestId, error: describeError(error) });
  }
}

/** Resolves when the connection is to be ended. */
function closeReported(ws: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const timeOut = (): void => void setTimeout(resolve, echoTimeoutMs);
    ws.addEventListener("message", timeOut);
    ws.addEventListener("close", ({ code }) => (code === supervisorCodes.answered ? timeOut() : resolve()));
    ws.addEventListener("error", () => resolve());
    ws.accept();
  });
}
