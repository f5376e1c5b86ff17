import { getChannelEvents } from "./contract/events.ts";
import { socketPaths } from "./contract/frames.ts";
import type { ServerEnvelope } from "./contract/frames.ts";
import { Backoff } from "./backoff.ts";
import { Connection, connectionBackoff } from "./connection.ts";
import { errorFromProblem } from "./error.ts";
import type { OpenTransport } from "./transport.ts";
import { PendingCommands } from "./pending-commands.ts";
import type { RoomOptions } from "./room.ts";
import { socketRequest } from "./socket-context.ts";
import type { SocketContext } from "./socket-context.ts";

/** Options of `client.room`. */
export interface DirectRoomOptions extends RoomOptions {
  /** Timeout of an attempt to connect, in milliseconds; 10,000 by default. Doubles after each timeout, up to 4 times that value. */
  connectTimeoutMs?: number;
}

/** Creates the transport of a room with a separate socket (`/v1/channels/:channelId/realtime`). */
export const directTransport =
  (context: SocketContext, channelId: string, options: DirectRoomOptions): OpenTransport =>
  (room) => {
    const { backoff, connectTimeoutMs = 10_000 } = options;
    const params = { channelId };
    const connection: Connection = new Connection(
      {
        request: () =>
          socketRequest(context, socketPaths.channelRealtime, { params, position: room.position }),
        open: context.open,
        backoff: new Backoff({ ...connectionBackoff, ...backoff }),
        connectTimeoutMs,
        environment: context.environment,
        onSessionEnd: context.onSessionEnd,
        probe: (signal) =>
          context.call(getChannelEvents, {
            params,
            query: { after: room.position?.seq ?? 0, limit: 1 },
            signal,
            retry: false,
          }),
      },
      {
        connecting: () => room.connecting(),
        hello({ data: { seq, epoch } }) {
          room.connected(seq === undefined || epoch === undefined ? undefined : { seq, epoch });
          pending.resend();
        },
        envelopes: (envelopes) => room.envelopes(envelopes.filter((envelope) => !settleCommand(envelope))),
        lost(retryInMs) {
          pending.disconnected(connection);
          room.lost(retryInMs);
        },
        ended: (error) => room.ended(error),
      },
    );
    const pending = new PendingCommands({
      post: (frame) => (connection.post(frame) ? connection : null),
      backoff,
    });
    /** Handles `ack` and `error` envelopes; returns false for any other. */
    function settleCommand(envelope: ServerEnvelope): boolean {
      if (envelope.type === "ack") pending.acknowledge(envelope.id, envelope.data);
      else if (envelope.type !== "error") return false;
      else {
        const error = errorFromProblem(envelope.error);
        connection.applyRateLimit(error);
        if (!pending.reject(envelope.id, error)) room.failed(error);
      }
      return true;
    }
    connection.start();
    return {
      get unanswered() {
        return pending.size;
      },
      send: (command) => pending.send(room, command),
      signal: (frame) => connection.signal(JSON.stringify(frame)),
      end(error) {
        connection.stop();
        pending.rejectAll(error);
      },
    };
  };
