import { useEffect, useRef, useState } from "preact/hooks";
import { type CloseCode, own } from "../contract/document.ts";
import { createTicket } from "../socket/create-ticket.ts";
import { addFrame, type Frame } from "../socket/frame-log.ts";
import { ReferenceSocket } from "../socket/reference-socket.ts";
import { useReference } from "./reference-context.ts";

/** The state of a socket, with a text for the reader. */
export interface SocketState {
  kind: "closed" | "connecting" | "open";
  text: string;
  isProblem: boolean;
}

interface SocketControl {
  state: SocketState;
  frames: readonly Frame[];
  /** Opens the socket at a path; its problems are in `state`. */
  connect(path: string): Promise<void>;
  disconnect(): void;
  send(text: string): void;
  /** Removes all frames from the list. */
  clear(): void;
}

const state = (kind: SocketState["kind"], text: string, isProblem = false): SocketState => ({
  kind,
  text,
  isProblem,
});

/** Manages one socket, which is closed when the component is removed. */
export function useSocket(closeCodes: Readonly<Record<string, CloseCode>> | undefined): SocketControl {
  const { credentials } = useReference();
  const [current, setState] = useState(() => state("closed", "Not connected."));
  const [frames, setFrames] = useState<readonly Frame[]>([]);
  const socket = useRef<ReferenceSocket | null>(null);
  /** Counts attempts, so that a ticket which arrives after `disconnect` opens nothing. */
  const attempt = useRef(0);
  const disconnect = (): void => {
    attempt.current++;
    socket.current?.close();
    socket.current = null;
  };
  useEffect(() => disconnect, []);

  const open = (path: string, ticket: string): void => {
    const opened: ReferenceSocket = new ReferenceSocket(path, ticket, {
      onOpen: () => setState(state("open", "Connected.")),
      onFrame: (text) => setFrames((log) => addFrame(log, "received", text)),
      onClose(code, reason) {
        // A later connection has its own state.
        if (socket.current !== null && socket.current !== opened) return;
        socket.current = null;
        setState(state("closed", closeText(code, reason, closeCodes), code !== 1000));
      },
    });
    socket.current = opened;
  };
  return {
    state: current,
    frames,
    async connect(path) {
      const number = ++attempt.current;
      setState(state("connecting", "Connecting…"));
      try {
        const accessToken = await credentials.getAccessToken();
        if (accessToken === null)
          throw new Error(
            "There is no token: paste one above, or log in to the application in this browser.",
          );
        const ticket = await createTicket(accessToken);
        if (number === attempt.current) open(path, ticket);
      } catch (error) {
        if (number !== attempt.current) return;
        credentials.discardAccessToken();
        setState(state("closed", error instanceof Error ? error.message : String(error), true));
      }
    },
    disconnect() {
      disconnect();
      setState(state("closed", "Disconnected."));
    },
    send(text) {
      if (!socket.current) return;
      socket.current.send(text);
      setFrames((log) => addFrame(log, "sent", text));
    },
    clear: () => setFrames([]),
  };
}

function closeText(
  code: number,
  reason: string,
  closeCodes: Readonly<Record<string, CloseCode>> | undefined,
): string {
  if (code === 1006)
    return "The connection failed or was lost (1006). The server accepts sockets only from pages of the origins in its variable ALLOWED_ORIGINS.";
  const meaning = own(closeCodes, String(code))?.description ?? "";
  return [`Closed with ${code}.`, meaning, reason && `Reason: ${reason}`].filter(Boolean).join(" ");
}
