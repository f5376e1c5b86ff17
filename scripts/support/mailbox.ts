import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join, relative } from "node:path";
import { repositoryRoot } from "./paths.ts";

/** A mail that was received. */
export interface ReceivedMail {
  to: string;
  subject: string;
  /** The first link of the text. */
  link: string | undefined;
  /** The file that it was written to, relative to the repository. */
  file: string;
}

const maxBodyBytes = 256 * 1024;

/**
 * Receives the mails of a local server (`MAIL_DRIVER` = `local`) on loopback, at a path that only the server knows, and writes each to a text
 * file.
 */
export async function openMailbox(
  directory: string,
  onMail: (mail: ReceivedMail) => void,
): Promise<{ url: string; close: () => void }> {
  const path = `/${randomBytes(16).toString("base64url")}`;
  let count = 0;
  const server = createServer(async (request, response) => {
    try {
      if (request.method !== "POST" || request.url !== path) return void response.writeHead(404).end();
      const { id, to, subject, text } = JSON.parse(await bodyOf(request)) as Record<string, string>;
      const time = new Date().toISOString().replaceAll(/[:.]/g, "-");
      const file = join(directory, `${time}-${++count}.txt`);
      mkdirSync(directory, { recursive: true });
      writeFileSync(file, `To: ${to}\nSubject: ${subject}\nMessage-Id: ${id}\n\n${text}`, { mode: 0o600 });
      const link = /https?:\/\/\S+/.exec(text ?? "")?.[0];
      onMail({ to: to ?? "", subject: subject ?? "", link, file: relative(repositoryRoot, file) });
      response.writeHead(204).end();
    } catch {
      response.writeHead(400).end();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${path}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) {
    body += chunk;
    if (body.length > maxBodyBytes) throw new Error("The mail is too large");
  }
  return body;
}
