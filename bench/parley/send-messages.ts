import { WebSocket } from "ws";
import { limits } from "../../src/protocol/limits.ts";

/** How many messages are unacknowledged at a time, so that the room commits large batches. */
const inFlight = 256;

/** Sends `count` messages over a new socket. Resolves when the last one is acknowledged. */
export function sendMessages(
  port: number,
  { channelId, token }: { channelId: string; token: string },
  texts: { count: number; textOf: (index: number) => string },
  progress: (acked: number) => void = () => {},
): Promise<void> {
  const url = `ws://localhost:${port}/v1/channels/${channelId}/realtime`;
  const socket = new WebSocket(url, "parley.v1", {
    headers: { Authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  });
  return new Promise((resolve, reject) => {
    let [sent, acked, unconfirmed] = [0, 0, 0];
    const fill = (): void => {
      for (; sent < texts.count && sent - acked < inFlight; sent++) {
        const data = { content: texts.textOf(sent), nonce: String(sent) };
        socket.send(JSON.stringify({ id: sent, type: "messageCreate", data }));
      }
    };
    socket.on("error", reject);
    socket.on("close", (code) => reject(new Error(`the socket was closed with ${code}`)));
    socket.on("message", (frame: Buffer) => {
      unconfirmed += frame.length;
      if (unconfirmed >= limits.confirmEveryBytes) {
        socket.send(JSON.stringify({ type: "seen", data: { bytes: unconfirmed } }));
        unconfirmed = 0;
      }
      for (const { type, error } of JSON.parse(frame.toString()) as { type: string; error?: unknown }[]) {
        if (type === "error") return reject(new Error(`a message was rejected: ${JSON.stringify(error)}`));
        if (type === "ack") acked++;
      }
      progress(acked);
      if (acked < texts.count) return fill();
      socket.removeAllListeners("close").close();
      resolve();
    });
    socket.on("open", fill);
  });
}
