/** A minimal file server: it writes a body to a file, and serves it from there. */
import { createReadStream, createWriteStream } from "node:fs";
import { stat, unlink } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ready } from "../processes.ts";

const { DIRECTORY, PORT } = process.env as { DIRECTORY: string; PORT: string };

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = join(DIRECTORY, basename(request.url ?? ""));
  if (request.method === "PUT") {
    await pipeline(request, createWriteStream(path));
    response.writeHead(201).end();
  } else if (request.method === "DELETE") {
    await unlink(path);
    response.writeHead(204).end();
  } else {
    response.writeHead(200, { "Content-Length": (await stat(path)).size });
    await pipeline(createReadStream(path), response);
  }
}

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.destroy());
});
server.listen(Number(PORT), "127.0.0.1", ready);
