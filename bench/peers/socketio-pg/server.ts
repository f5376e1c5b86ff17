/** The common stack: Express 5 for HTTP, Socket.IO 4 for realtime, PostgreSQL for storage. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import express from "express";
import { jwtVerify } from "jose";
import pg from "pg";
import { Server, type Socket } from "socket.io";
import { ready } from "../../processes.ts";
import { OrderedPublisher } from "./ordered-publisher.ts";
import { CreateMessage, type Message, createMessage, isMember, lastSeq } from "./messages.ts";
import { readRoutes } from "./reads.ts";

const secret = new TextEncoder().encode(process.env.JWT_SECRET);
const db = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
await db.query(readFileSync(new URL("schema.sql", import.meta.url), "utf8"));

const app = express();
app.get("/health", async (_, response) => {
  await db.query("SELECT 1");
  response.json({ status: "ok" });
});

async function authenticate(token: string): Promise<string> {
  const options = { algorithms: ["HS256"], issuer: "bench", audience: "bench" };
  return (await jwtVerify(token, secret, options)).payload.sub!;
}
readRoutes(app, db, authenticate);

const http = createServer(app);
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false, serveClient: false });

/** The publisher of each room that has members. */
const publishers = new Map<string, Promise<OrderedPublisher<Message>>>();
function publisherOf(channelId: string): Promise<OrderedPublisher<Message>> {
  const existing = publishers.get(channelId);
  if (existing) return existing;
  const made = lastSeq(db, channelId).then(
    (seq) =>
      new OrderedPublisher<Message>(seq, (message) => void io.to(channelId).emit("messageCreate", message)),
  );
  publishers.set(channelId, made);
  return made;
}
io.of("/").adapter.on("delete-room", (room: string) => publishers.delete(room));

type Answer = { ok: true; message?: Message; deduplicated?: true } | { ok: false; error: string };
type Acknowledge = (answer: Answer) => void;
type Data = { userId: string };
type User = Socket<
  Record<string, (body: unknown, acknowledge: Acknowledge) => void>,
  Record<string, (body: unknown) => void>,
  object,
  Data
>;

io.use(async (socket, next) => {
  try {
    socket.data.userId = await authenticate(String(socket.handshake.auth.token));
    next();
  } catch {
    next(new Error("unauthenticated"));
  }
});

async function join(socket: User, body: unknown): Promise<Answer> {
  const { channelId } = body as { channelId: string };
  if (!(await isMember(db, channelId, socket.data.userId))) return { ok: false, error: "not_found" };
  await publisherOf(channelId);
  await socket.join(channelId);
  return { ok: true };
}

async function post(socket: User, body: unknown, acknowledge: Acknowledge): Promise<void> {
  const command = CreateMessage.safeParse(body);
  if (!command.success) return acknowledge({ ok: false, error: "validation_failed" });
  const { channelId } = command.data;
  // A socket in the room belongs to a member: `join` queried the database, and a removal would call `socketsLeave`.
  if (!socket.rooms.has(channelId)) return acknowledge({ ok: false, error: "not_found" });
  const { message, deduplicated } = await createMessage(db, socket.data.userId, command.data);
  acknowledge(deduplicated ? { ok: true, message, deduplicated } : { ok: true, message });
  if (!deduplicated) (await publisherOf(channelId)).add(message);
}

io.on("connection", (socket: User) => {
  const failed = (acknowledge: Acknowledge) => (error: Error) => {
    console.error(error);
    acknowledge({ ok: false, error: "internal" });
  };
  socket.on("join", (body, acknowledge) => void join(socket, body).then(acknowledge, failed(acknowledge)));
  socket.on(
    "messageCreate",
    (body, acknowledge) => void post(socket, body, acknowledge).catch(failed(acknowledge)),
  );
});

http.listen(Number(process.env.PORT), "127.0.0.1", ready);
