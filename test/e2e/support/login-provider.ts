import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { Provider } from "oidc-provider";

/** A user of the provider. */
export interface ProviderUser {
  email: string;
  email_verified: boolean;
  name?: string;
  preferred_username?: string;
}

/** Makes another ID token of the claims of the genuine one. */
export type Tamper = (claims: JWTPayload) => Promise<string> | string;

type SigningKey = Awaited<ReturnType<typeof generateKeyPair>>["privateKey"];
type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** The OpenID provider of the package `oidc-provider` on loopback. Its users log in without a form. */
export class LoginProvider {
  readonly issuer: string;
  readonly clientSecret = "a secret of the client, for tests only";
  readonly users = new Map<string, ProviderUser>();
  /** Who logs in next. */
  user = "";
  /** Replaces the ID tokens of token responses while it is set. */
  tamper: Tamper | undefined;
  readonly #server: Server;
  readonly #key: SigningKey;
  readonly #jwk: object;
  #handler: Handler = (_, response) => response.writeHead(503).end();

  private constructor(server: Server, keys: { key: SigningKey; jwk: object }) {
    this.#server = server;
    this.#key = keys.key;
    this.#jwk = keys.jwk;
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => {
      if (this.tamper && request.url === "/token") this.#tamperWith(response, this.tamper);
      return this.#handler(request, response);
    });
  }

  static async listen(): Promise<LoginProvider> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { privateKey } = await generateKeyPair("RS256", { extractable: true });
    const jwk = { ...(await exportJWK(privateKey)), kid: "test", alg: "RS256", use: "sig" };
    return new LoginProvider(server, { key: privateKey, jwk });
  }

  /** Registers the client, and begins to answer. */
  serve(clientId: string, redirectUris: string[]): void {
    const { users, clientSecret } = this;
    const provider = new Provider(this.issuer, {
      clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: redirectUris }],
      jwks: { keys: [this.#jwk as never] },
      claims: { email: ["email", "email_verified"], profile: ["name", "preferred_username"] },
      features: { devInteractions: { enabled: false } },
      interactions: { url: () => "/login" },
      findAccount: (_, accountId) => ({
        accountId,
        claims: () => ({ sub: accountId, ...users.get(accountId) }),
      }),
      async loadExistingGrant(context) {
        const { client, session } = context.oidc;
        const grant = new provider.Grant({ clientId: client!.clientId, accountId: session!.accountId! });
        grant.addOIDCScope("openid email profile");
        await grant.save();
        return grant;
      },
    });
    const answer = provider.callback();
    this.#handler = (request, response) =>
      request.url?.startsWith("/login")
        ? provider.interactionFinished(request, response, { login: { accountId: this.user } })
        : answer(request, response);
  }

  /** Signs claims with the provider's key. */
  sign(claims: JWTPayload): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "test" }).sign(this.#key);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Replaces the ID token in the response that the provider is about to send. */
  #tamperWith(response: ServerResponse, tamper: Tamper): void {
    const end = response.end.bind(response) as (body: string) => ServerResponse;
    const replaced = async (body: unknown): Promise<void> => {
      const json = JSON.parse(String(body)) as { id_token?: string };
      const payload = json.id_token?.split(".")[1];
      if (payload)
        json.id_token = await tamper(JSON.parse(Buffer.from(payload, "base64url").toString()) as JWTPayload);
      const text = JSON.stringify(json);
      response.setHeader("Content-Length", Buffer.byteLength(text));
      end(text);
    };
    response.end = ((body: unknown) => {
      void replaced(body);
      return response;
    }) as never;
  }
}

/** A browser that follows redirects of several origins and keeps their cookies. */
export class CookieBrowser {
  readonly #cookies = new Map<string, Map<string, string>>();
  /** The attributes of the cookies that were set, by name. */
  readonly attributes = new Map<string, string>();

  /** Requests one URL, without following redirects. */
  async open(url: string): Promise<Response> {
    const { origin } = new URL(url);
    const jar = this.#jarOf(origin);
    const response = await fetch(url, {
      redirect: "manual",
      headers: { Cookie: Array.from(jar, ([name, value]) => `${name}=${value}`).join("; ") },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = "", attributes = ""] = /^([^=]+)=([^;]*)(.*)$/.exec(cookie) ?? [];
      if (value === "" || /Max-Age=0/i.test(attributes)) jar.delete(name);
      else jar.set(name, value);
      this.attributes.set(name, attributes);
    }
    return response;
  }

  /** Follows redirects until one leads to a URL that begins with `until`, and returns it. */
  async follow(url: string, until: string): Promise<string> {
    let at = url;
    for (let hop = 0; hop < 10; hop++) {
      const response = await this.open(at);
      const location = response.headers.get("Location");
      if (!location) throw new Error(`${at}: ${response.status} ${await response.text()}`);
      at = new URL(location, at).href;
      if (at.startsWith(until)) return at;
    }
    throw new Error("Too many redirects");
  }

  /** Forgets the cookies of an origin, as a private window does. */
  forget(url: string): void {
    this.#jarOf(new URL(url).origin).clear();
  }

  /** Returns a copy with the same cookies. */
  clone(): CookieBrowser {
    const copy = new CookieBrowser();
    for (const [origin, jar] of this.#cookies) copy.#cookies.set(origin, new Map(jar));
    return copy;
  }

  #jarOf(origin: string): Map<string, string> {
    let jar = this.#cookies.get(origin);
    if (!jar) this.#cookies.set(origin, (jar = new Map()));
    return jar;
  }
}
