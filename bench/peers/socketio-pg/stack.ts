import { randomBytes } from "node:crypto";
import { SignJWT } from "jose";
import pg from "pg";
import { versionOf } from "../../machine.ts";
import { freePort } from "../../../scripts/support/free-port.ts";
import { startProcess, stopProcess } from "../../processes.ts";
import { openSocketIo } from "../../reads/live-socket.ts";
import type { RunningStack, Stack } from "../../stack.ts";
import { fillReads } from "./fill-reads.ts";
import { startPostgres } from "./postgres.ts";

export const socketioPg: Stack = {
  name: "socketio-pg",
  start: async ({ accounts, progress }): Promise<RunningStack> => {
    progress("starting PostgreSQL");
    const postgres = await startPostgres();
    try {
      const port = await freePort();
      const secret = randomBytes(32).toString("hex");
      const server = await startProcess(new URL("server.ts", import.meta.url), {
        PORT: String(port),
        DATABASE_URL: postgres.url,
        JWT_SECRET: secret,
      });
      const db = new pg.Pool({ connectionString: postgres.url, max: 1 });
      const users = Array.from({ length: accounts }, (_, i) => `user-${i}`);
      await db.query("INSERT INTO users SELECT id, id FROM unnest($1::text[]) AS id", [users]);
      const identities = await Promise.all(users.map(async (user) => ({ token: await sign(user, secret) })));
      return {
        pids: [server.pid!, postgres.pid],
        versions: {
          PostgreSQL: postgres.version,
          express: versionOf("express"),
          "socket.io": versionOf("socket.io"),
          pg: versionOf("pg"),
        },
        notes: ["PostgreSQL with the defaults of initdb, fsync on; its CPU time and Node's are added."],
        openRoom: async (name) => {
          await db.query("INSERT INTO channels (id, name) VALUES ($1, $1)", [name]);
          await db.query("INSERT INTO members SELECT $1, id FROM users", [name]);
          return { wire: "socketio", host: "127.0.0.1", port, channelId: name, identities };
        },
        openReads: async (size, progress) => {
          const [author, live, rest] = users as [string, string, string];
          const filled = await fillReads(db, { author, readers: [live, rest] }, size, progress);
          const address = { host: "127.0.0.1", port };
          const tokens = { live: identities[1]!.token, rest: identities[2]!.token };
          const openSocket = () => openSocketIo({ ...address, token: tokens.live }, filled.channelId);
          return { ...address, tokens, openSocket, ...filled };
        },
        stop: async () => {
          await db.end();
          await stopProcess(server);
          await postgres.stop();
        },
      };
    } catch (error) {
      await postgres.stop();
      throw error;
    }
  },
};

const sign = (user: string, secret: string): Promise<string> =>
  new SignJWT()
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(user)
    .setIssuer("bench")
    .setAudience("bench")
    .setExpirationTime("1d")
    .sign(new TextEncoder().encode(secret));
