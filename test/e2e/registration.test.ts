import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repositoryRoot } from "../../scripts/support/paths.ts";
import { DevServer, temporaryDirectory } from "./support/dev-server.ts";

const directory = temporaryDirectory();
let server: DevServer;
beforeAll(async () => {
  server = await DevServer.start(directory.path);
}, 120_000);
afterAll(async () => {
  await server.kill();
  directory.remove();
});

const post = (path: string, body: object, token?: string) =>
  fetch(`${server.url}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });

/** Waits until the terminal shows a mail with this subject to the address; returns its file and its token. */
async function mailShown(to: string, subject: string): Promise<string> {
  for (const until = Date.now() + 20_000; Date.now() < until;) {
    for (const [, file = ""] of server.output.matchAll(/Mail to \S+: (\S+)/g)) {
      const path = join(repositoryRoot, file);
      if (!existsSync(path)) continue;
      const text = readFileSync(path, "utf8");
      if (!text.startsWith(`To: ${to}\nSubject: ${subject}`)) continue;
      rmSync(path);
      return /#token=(\S+)/.exec(text)?.[1] ?? "";
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`No mail to ${to}:\n${server.output.slice(-2_000)}`);
}

test("[ML8] on a laptop, a forgotten password is reset with the link in the terminal", async () => {
  const email = `ann.${Date.now()}@example.org`;
  const account = { email, username: `ann-${Date.now()}`, password: "correct horse battery" };
  const { tokens }: any = await (await post("/v1/auth/register", account)).json();
  const confirmation = await mailShown(email, "Confirm");
  expect((await post("/v1/auth/email/confirm", { token: confirmation })).status).toBe(204);

  expect((await post("/v1/auth/password/forgot", { login: email })).status).toBe(202);
  const token = await mailShown(email, "Reset");
  expect(server.output).toContain(`/reset-password#token=${token}`);
  const newPassword = "another battery";
  expect((await post("/v1/auth/password/reset", { token, newPassword })).status).toBe(204);
  expect((await post("/v1/auth/password/reset", { token, newPassword })).status).toBe(400);

  const old = await fetch(`${server.url}/v1/users/me`, {
    headers: { Authorization: `Bearer ${tokens.accessToken}` },
  });
  expect(old.status).toBe(401);
  expect((await post("/v1/auth/login", { login: email, password: account.password })).status).toBe(401);
  const session: any = await (await post("/v1/auth/login", { login: email, password: newPassword })).json();
  expect(session.user.emailConfirmed).toBe(true);

  const guest = `bob.${Date.now()}@example.org`;
  const invited = await post("/v1/invites", { email: guest }, session.tokens.accessToken);
  expect(invited.status).toBe(201);
  const inviteToken = await mailShown(guest, "Invitation");
  const body = { email: guest, username: `bob-${Date.now()}`, password: "quite another one", inviteToken };
  expect((await post("/v1/auth/register", body)).status).toBe(201);
  await mailShown(email, "Your password");
  // Nothing of the mails is in the server's own log.
  const log = server.output
    .split("\n")
    .filter((line) => /^\d\d:\d\d:\d\d /.test(line))
    .join("\n");
  for (const secret of [email, guest, token, confirmation, inviteToken]) expect(log).not.toContain(secret);
  expect(readdirSync(directory.path)).not.toContain("mail");
}, 60_000);
