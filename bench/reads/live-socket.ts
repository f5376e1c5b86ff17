import { Connection } from "../load/connection.ts";
import { plainParleyWire } from "../load/parley-wire.ts";
import { socketioWire } from "../load/socketio-wire.ts";
import { openGateway, type SocketAddress } from "../sockets/wire.ts";
import type { LiveSocket } from "./plan.ts";

const keepAliveMs = 20_000;

/** Opens Parley's shared socket and subscribes it to the channel. */
export async function openParleySocket(address: SocketAddress, channelId: string): Promise<LiveSocket> {
  let failure: string | null = null;
  const connection = await openGateway(
    address,
    [channelId],
    () => {},
    (reason) => (failure = reason),
  );
  return liveSocket(connection, () => failure, plainParleyWire.keepAlive);
}

/** Opens a Socket.IO connection and joins the channel's room. */
export function openSocketIo(address: SocketAddress, channelId: string): Promise<LiveSocket> {
  const room = { ...address, wire: "socketio" as const, channelId, identities: [] };
  return new Promise((resolve, reject) => {
    let failure: string | null = null;
    const onText = (length: number, payload: Buffer | null): void => {
      const control = socketioWire.controlReply(length, payload);
      if (control) return control.reply === undefined ? undefined : connection.send(control.reply);
      const { reply, joined, rejected } = socketioWire.open(payload!.toString(), room, address.token);
      if (rejected !== undefined) reject(new Error(`the room rejected the socket: ${rejected}`));
      if (reply !== undefined) connection.send(reply);
      if (joined) resolve(liveSocket(connection, () => failure, socketioWire.keepAlive));
    };
    const upgrade = { ...address, ...socketioWire.upgrade(room, address.token) };
    const connection: Connection = new Connection(upgrade, onText, (reason) => {
      failure = reason;
      reject(new Error(reason));
    });
  });
}

function liveSocket(
  connection: Connection,
  failure: () => string | null,
  keepAlive: string | undefined,
): LiveSocket {
  const timer =
    keepAlive === undefined ? undefined : setInterval(() => connection.send(keepAlive), keepAliveMs);
  return {
    failure,
    end: () => {
      clearInterval(timer);
      connection.end();
    },
  };
}
