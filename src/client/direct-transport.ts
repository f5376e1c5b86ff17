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

export interface DirectRoomOptions extends RoomOptions {
  /** How long an attempt to connect may take, in milliseconds; 10,000 by default. Up to 4 times as long after attempts that took longer. */
  connectTimeoutMs?: number;
}

/** A socket for one room (`/v1/channels/:channelId/realtime`). */
export const directTransport =
  (context: SocketContext, channelId: string, options: DirectRoomOptions): OpenTransport =>
  (room) => {
    const { backoff, connectTimeoutMs = 10_000 } = options;
    const params = { channelId };
    const connection: Connection = new Connection(
      {
        request: () => socketRequest(context, socketPaths.channelRealtime, { params, place: room.position }),
        open: context.open,
        backoff: new Backoff({ ...connectionBackoff, ...backoff }),
        connectTimeoutMs,
        environment: context.environment,
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
        envelopes: (envelopes) => room.envelopes(envelopes.filter((envelope) => !answer(envelope))),
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
    /** False for an envelope that answers no command. */
    function answer(envelope: ServerEnvelope): boolean {
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
