/**
 * The lower bound: `ws` broadcasts one prepared frame per delivery, without accounts, validation or storage. It uses Parley's wire
 * format, with one event in each frame.
 */
import * as ws from "ws";
import { ready } from "../../processes.ts";

/** Parts of `ws` that its types omit. */
type Sender = {
  frame(
    data: Buffer,
    options: { fin: boolean; opcode: number; mask: boolean; rsv1: boolean; readOnly: boolean },
  ): Buffer[];
};
type Inside = { _socket: { write(data: Buffer): boolean } };
const { Sender } = ws as unknown as { Sender: Sender };

const prepared = (text: string): Buffer =>
  Buffer.concat(
    Sender.frame(Buffer.from(text), { fin: true, opcode: 1, mask: false, rsv1: false, readOnly: true }),
  );

type Command = { id: number; type: string; data: { content: string } };

const rooms = new Map<string, { sockets: Set<ws.WebSocket>; seq: number }>();
const server = new ws.WebSocketServer({
  host: "127.0.0.1",
  port: Number(process.env.PORT),
  perMessageDeflate: false,
  clientTracking: false,
});

server.on("connection", (socket, request) => {
  const channelId = request.url!.split("/")[3]!;
  const room = rooms.get(channelId) ?? { sockets: new Set(), seq: 0 };
  rooms.set(channelId, room.sockets.add(socket) && room);
  socket.send(
    JSON.stringify([
      { type: "hello", data: {} },
      { type: "subscribed", channelId, data: { seq: room.seq } },
    ]),
  );
  socket.on("close", () => room.sockets.delete(socket) && room.sockets.size === 0 && rooms.delete(channelId));
  socket.on("message", (data) => {
    const text = data.toString();
    if (text === "ping") return socket.send("pong");
    const command = JSON.parse(text) as Command;
    if (command.type !== "messageCreate") return;
    const message = {
      channelId,
      seq: ++room.seq,
      content: command.data.content,
      createdAt: new Date().toISOString(),
    };
    socket.send(JSON.stringify([{ type: "ack", id: command.id, data: { message } }]));
    const frame = prepared(
      JSON.stringify([{ type: "messageCreate", channelId, seq: message.seq, data: { message } }]),
    );
    for (const receiver of room.sockets) (receiver as unknown as Inside)._socket.write(frame);
  });
});
server.on("listening", ready);
