import { Connection } from "../load/connection.ts";

export type SocketAddress = { host: string; port: number; token: string };

/** Returns the path of the gateway socket, or of a room's own socket. */
export const pathOf = (channelId?: string): string =>
  channelId === undefined ? "/v1/realtime" : `/v1/channels/${channelId}/realtime`;

/** Opens a socket that replies to nothing by itself. @param onFrame - called with the text of each frame */
export function openSocket(
  { host, port, token }: SocketAddress,
  path: string,
  onFrame: (text: string, connection: Connection) => void,
  onFailure: (reason: string) => void,
): Connection {
  const headers = { Authorization: `Bearer ${token}`, "Sec-WebSocket-Protocol": "parley.v1" };
  const connection: Connection = new Connection(
    { host, port, path, headers },
    (_, payload) => onFrame(payload!.toString(), connection),
    onFailure,
  );
  return connection;
}

/** Opens the gateway socket and subscribes to these channels; resolves when all are subscribed. @param onLost - called if it is closed later */
export function openGateway(
  address: SocketAddress,
  channelIds: readonly string[],
  onFrame: (text: string) => void = () => {},
  onLost: (reason: string) => void = () => {},
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    let subscribed = 0;
    openSocket(
      address,
      pathOf(),
      (text, connection) => {
        onFrame(text);
        if (subscribed === channelIds.length) return;
        for (const { type } of JSON.parse(text) as { type: string }[]) {
          if (type === "hello")
            for (const channelId of channelIds)
              connection.send(JSON.stringify({ type: "subscribe", channelId, data: {} }));
          if (type === "error") reject(new Error(`rejected: ${text.slice(0, 300)}`));
          if (type === "subscribed" && ++subscribed === channelIds.length) resolve(connection);
        }
      },
      (reason) => {
        onLost(reason);
        reject(new Error(reason));
      },
    );
  });
}

/** Opens a room's own socket; resolves when it is subscribed. */
export function openDirect(
  address: SocketAddress,
  channelId: string,
  onFrame: (text: string) => void = () => {},
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    openSocket(
      address,
      pathOf(channelId),
      (text, connection) => {
        onFrame(text);
        if (text.includes('"type":"subscribed"')) resolve(connection);
      },
      (reason) => reject(new Error(reason)),
    );
  });
}
