import * as oauth from "oauth4webapi";
import type { Config, OidcProvider } from "../../config.ts";
import { isLoopback, providerFetch } from "./provider-fetch.ts";

/** How long an isolate uses the metadata of a provider. */
const metadataMs = 3_600_000;

/** What a provider says about its user. */
export interface ProviderClaims {
  issuer: string;
  subject: string;
  /** Undefined unless the provider has verified it. */
  verifiedEmail: string | undefined;
  username: string | undefined;
  displayName: string | undefined;
}

/** The secrets of one login, which the browser keeps in a cookie. */
export interface LoginSecrets {
  state: string;
  nonce: string;
  codeVerifier: string;
}

/** Makes new secrets for a login (RFC 9700, section 2.1). */
export const newLoginSecrets = (): LoginSecrets => ({
  state: oauth.generateRandomState(),
  nonce: oauth.generateRandomNonce(),
  codeVerifier: oauth.generateRandomCodeVerifier(),
});

/** The client of one provider: OpenID Connect, authorization code flow with PKCE. Caches its metadata and keys in the isolate. */
export class ProviderClient {
  readonly #provider: OidcProvider;
  readonly #client: oauth.Client;
  readonly #secret: string | undefined;
  readonly #options: {
    [oauth.customFetch]: ReturnType<typeof providerFetch>;
    [oauth.allowInsecureRequests]: boolean;
  };
  readonly #keys: oauth.JWKSCacheInput = {};
  #metadata: { server: oauth.AuthorizationServer; expiresAtMs: number } | undefined;

  constructor(config: Config, provider: OidcProvider) {
    this.#provider = provider;
    this.#client = { client_id: provider.clientId };
    this.#secret = provider.clientSecret ?? config.OIDC_CLIENT_SECRETS?.[provider.id];
    this.#options = {
      [oauth.customFetch]: providerFetch(config),
      [oauth.allowInsecureRequests]: isLoopback(config, provider.issuer),
    };
  }

  /** Returns the URL to which the browser is sent. @throws Error if the provider does not answer */
  async authorizationUrl(secrets: LoginSecrets, redirectUri: string): Promise<URL> {
    const server = await this.#server();
    const url = new URL(server.authorization_endpoint ?? "");
    const parameters = {
      response_type: "code",
      client_id: this.#provider.clientId,
      redirect_uri: redirectUri,
      scope: this.#provider.scopes,
      state: secrets.state,
      nonce: secrets.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(secrets.codeVerifier),
      code_challenge_method: "S256",
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url;
  }

  /**
   * Exchanges the code in the callback's URL, and returns the claims of the user. Checks `state`, `iss` (RFC 9207), and the ID token's
   * signature, issuer, audience, lifetime and `nonce`.
   *
   * @throws Error of `oauth4webapi` if a check fails; `AuthorizationResponseError` if the provider reported an error
   */
  async claimsOf(callback: URL, secrets: LoginSecrets, redirectUri: string): Promise<ProviderClaims> {
    const server = await this.#server();
    const parameters = oauth.validateAuthResponse(server, this.#client, callback, secrets.state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      this.#client,
      this.#clientAuthentication(server),
      parameters,
      redirectUri,
      secrets.codeVerifier,
      this.#options,
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, this.#client, response, {
      expectedNonce: secrets.nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(server, response, {
      ...this.#options,
      [oauth.jwksCache]: this.#keys,
    });
    const idToken = oauth.getValidatedIdTokenClaims(tokens);
    if (!idToken) throw new Error("The provider sent no ID token");
    const claims = idToken["email"] === undefined ? await this.#userInfo(server, tokens, idToken) : idToken;
    const email = textClaim(claims, "email");
    return {
      issuer: idToken.iss,
      subject: idToken.sub,
      verifiedEmail: claims["email_verified"] === true ? email : undefined,
      username: textClaim(claims, "preferred_username"),
      displayName: textClaim(claims, "name"),
    };
  }

  /** Reads the claims that the ID token does not have from the provider's UserInfo endpoint. */
  async #userInfo(
    server: oauth.AuthorizationServer,
    { access_token }: oauth.TokenEndpointResponse,
    idToken: oauth.IDToken,
  ): Promise<Record<string, unknown>> {
    if (!server.userinfo_endpoint) return idToken;
    const response = await oauth.userInfoRequest(server, this.#client, access_token, this.#options);
    const claims = await oauth.processUserInfoResponse(server, this.#client, idToken.sub, response);
    return { ...idToken, ...claims };
  }

  async #server(): Promise<oauth.AuthorizationServer> {
    if (this.#metadata && this.#metadata.expiresAtMs > Date.now()) return this.#metadata.server;
    const issuer = new URL(this.#provider.issuer);
    const response = await oauth.discoveryRequest(issuer, this.#options);
    const server = await oauth.processDiscoveryResponse(issuer, response);
    if (!server.authorization_endpoint) throw new Error("The provider has no authorization endpoint");
    this.#metadata = { server, expiresAtMs: Date.now() + metadataMs };
    return server;
  }

  #clientAuthentication({ token_endpoint_auth_methods_supported: methods }: oauth.AuthorizationServer) {
    if (this.#secret === undefined) return oauth.None();
    const usesPost = methods?.includes("client_secret_post") && !methods.includes("client_secret_basic");
    return usesPost ? oauth.ClientSecretPost(this.#secret) : oauth.ClientSecretBasic(this.#secret);
  }
}

function textClaim(claims: Record<string, unknown>, name: string): string | undefined {
  const value = claims[name];
  return typeof value === "string" && value.length <= 1_024 ? value : undefined;
}

const clients = new WeakMap<Config, Map<string, ProviderClient>>();

/** Returns the client of a provider, whose caches all requests of the isolate share. */
export function providerClient(config: Config, provider: OidcProvider): ProviderClient {
  let byId = clients.get(config);
  if (!byId) clients.set(config, (byId = new Map()));
  const key = JSON.stringify(provider);
  let client = byId.get(key);
  if (!client) byId.set(key, (client = new ProviderClient(config, provider)));
  return client;
}
