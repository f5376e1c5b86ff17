import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { generate } from "otplib";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  confirmTotp,
  createClient,
  createPasskey,
  createPasskeyOptions,
  createTotp,
  getSecondFactors,
} from "../../src/client/index.ts";
import { addAuthenticator } from "../support/virtual-authenticator.ts";
import { chromiumPath } from "./support/chromium-path.ts";
import { WorkerdServer } from "./support/workerd-server.ts";

const password = "correct horse battery";

/** What the test's page has; the compiler of the tests does not know the browser's. */
declare const PublicKeyCredential: {
  parseCreationOptionsFromJSON(json: unknown): unknown;
  parseRequestOptionsFromJSON(json: unknown): unknown;
};
declare const navigator: {
  credentials: Record<"create" | "get", (options: object) => Promise<{ toJSON(): any }>>;
};

if (!chromiumPath)
  console.warn("Skipped: no Chromium. Install Debian's package `chromium`, or set CHROMIUM.");

describe.skipIf(!chromiumPath)("in Chromium, with its virtual authenticator", () => {
  let server: WorkerdServer;
  let pages: Server;
  let browser: Browser;
  let page: Page;
  let origin: string;

  beforeAll(async () => {
    pages = createServer((_, response) =>
      response.setHeader("Content-Type", "text/html").end("<title>x</title>"),
    );
    await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
    origin = `http://localhost:${(pages.address() as AddressInfo).port}`;
    server = await WorkerdServer.start({ ALLOWED_ORIGINS: origin });
    browser = await chromium.launch({ executablePath: chromiumPath ?? "", args: ["--no-sandbox"] });
    page = await (await browser.newContext()).newPage();
    await page.goto(origin);
    await addAuthenticator(page);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.remove();
    pages?.close();
  });

  /** Sends a request from the page, as an application does. */
  const fromPage = (path: string, body?: object): Promise<any> =>
    page.evaluate(
      async ({ url, body }) => {
        const response = await fetch(url, {
          method: "POST",
          ...(body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
        });
        return response.json();
      },
      { url: `${server.url}${path}`, body },
    );

  const get = (options: object): Promise<object> =>
    page.evaluate(
      async (json) =>
        (
          await navigator.credentials.get({
            publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(json),
          })
        ).toJSON(),
      options,
    );

  test("[SF14] a passkey is added, logs in, and is a second factor", async () => {
    const client = createClient({
      url: server.url,
      fetch: (input, init) => fetch(input, { ...init, headers: { ...headersOf(init), Origin: origin } }),
    });
    await client.register({ email: "ann@parley.test", username: "ann", password });
    const options = await client.call(createPasskeyOptions);
    const credential: any = await page.evaluate(
      async (json) =>
        (
          await navigator.credentials.create({
            publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(json),
          })
        ).toJSON(),
      options,
    );
    const { passkey, recoveryCodes } = await client.call(createPasskey, {
      body: { ...credential, name: "Laptop" },
    });
    expect(passkey.name).toBe("Laptop");
    expect(recoveryCodes).toHaveLength(10);

    const first = await fromPage("/v1/auth/passkey", await get(await fromPage("/v1/auth/passkey/options")));
    expect(first).toMatchObject({ user: { username: "ann" } });
    await client.useSession(first);
    expect(await client.call(getSecondFactors)).toMatchObject({ passkeys: 1, passed: true });

    const { mfa } = await fromPage("/v1/auth/login", { login: "ann", password });
    expect(mfa.methods).toEqual(["passkey", "recovery"]);
    const assertion = await get(mfa.passkeyOptions);
    const second = await fromPage("/v1/auth/mfa", { token: mfa.token, method: "passkey", assertion });
    expect(second).toMatchObject({ user: { username: "ann" } });
  });

  test("[SF4] the client library asks for the second factor", async () => {
    const client = createClient({ url: server.url });
    await client.register({ email: "bob@parley.test", username: "bob", password });
    const { recoveryCodes } = await enableByApp(client);
    const other = createClient({ url: server.url });
    await expect(other.login({ login: "bob", password })).rejects.toMatchObject({
      code: "second_factor_required",
    });
    expect(other.tokens).toBeNull();
    const user = await other.login(
      { login: "bob", password },
      { secondFactor: async () => ({ method: "recovery", code: recoveryCodes[0] ?? "" }) },
    );
    expect(user.username).toBe("bob");
    expect(other.tokens).not.toBeNull();
  });
});

const headersOf = (init: RequestInit | undefined): Record<string, string> =>
  Object.fromEntries(new Headers(init?.headers));

async function enableByApp(client: ReturnType<typeof createClient>): Promise<{ recoveryCodes: string[] }> {
  const { secret } = await client.call(createTotp);
  return client.call(confirmTotp, { body: { code: await generate({ secret }) } });
}
