import { type Context, Hono } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import { AuthorizationResponseError } from "oauth4webapi";
import { z } from "zod";
import type { OidcProvider } from "../../config.ts";
import { accountDatabase } from "../../db/index.ts";
import { invalidField, reject } from "../../errors/app-error.ts";
import { toAppError } from "../../errors/to-app-error.ts";
import type { AppEnv } from "../../http/context.ts";
import { isAllowedOrigin } from "../../http/cors.ts";
import { publicOrigin } from "../../http/passkey-scope.ts";
import { noStore, reply } from "../../http/reply.ts";
import { acceptCookieSession, findCookie } from "../../http/session-cookies.ts";
import { body, validate } from "../../http/validate.ts";
import { rethrowSimulatedCrash } from "../../lib/failpoint.ts";
import { logLine } from "../../lib/log-line.ts";
import { isSameText, sha256Of } from "../../lib/macs.ts";
import { seal, unseal } from "../../lib/sealed-text.ts";
import * as api from "../../protocol/index.ts";
import { recordAudit } from "../audit/index.ts";
import { completeLogin, delayRejections, spendOnce } from "../auth/index.ts";
import { findUser } from "../users/index.ts";
import { findAccount } from "./find-account.ts";
import { LoginError, type LoginErrorCode } from "./login-error.ts";
import { newLoginSecrets, providerClient } from "./provider-client.ts";
import { ProviderUnreachable } from "./provider-fetch.ts";

/** How long a user may take at the provider. */
const loginMs = 10 * 60_000;
/** How long the application may take to exchange the code. */
const codeMs = 60_000;

const LoginState = z.object({
  provider: z.string(),
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  returnTo: z.string(),
  codeChallenge: z.string().optional(),
});
type LoginState = z.infer<typeof LoginState>;

const LoginCode = z.object({
  userId: api.UserId,
  credentialVersion: z.int(),
  provider: z.string(),
  codeChallenge: z.string().optional(),
});

/** The routes of single sign-on. */
export const singleSignOnRoutes = new Hono<AppEnv>()
  .get(api.getLoginProviders.path, (c) => {
    const { OIDC_PROVIDERS, PASSWORD_LOGIN } = c.var.config;
    const items = OIDC_PROVIDERS.map(({ id, name }) => ({ id, name }));
    return reply(c, api.getLoginProviders, {
      items,
      nextCursor: null,
      passwordLogin: PASSWORD_LOGIN === "on",
    });
  })

  .get(
    api.startProviderLogin.path,
    noStore,
    validate("param", api.startProviderLogin.params),
    validate("query", api.startProviderLogin.query),
    async (c) => {
      const { config } = c.var;
      const provider = requireProvider(c, c.req.valid("param").provider);
      const { returnTo, codeChallenge } = c.req.valid("query");
      const login: LoginState = {
        ...newLoginSecrets(),
        provider: provider.id,
        returnTo: allowedReturn(c, returnTo),
        ...(codeChallenge && { codeChallenge }),
      };
      let url: URL;
      try {
        url = await providerClient(config, provider).authorizationUrl(login, redirectUri(c, provider));
      } catch (error) {
        logFailure(c, provider, error);
        return reject("unavailable", "The login provider does not respond; try again", {
          retryAfterMs: 5_000,
        });
      }
      const sealed = await seal(config, "parley-login-state-1", login, loginMs);
      const { isSecure, ...cookie } = cookieOf(c, login.state);
      setCookie(c, cookie.name, sealed, { ...cookie.options, secure: isSecure, maxAge: loginMs / 1_000 });
      return c.redirect(url.href, 302);
    },
  )

  .get(
    api.finishProviderLogin.path,
    noStore,
    validate("param", api.finishProviderLogin.params),
    validate("query", api.finishProviderLogin.query),
    async (c) => {
      const provider = requireProvider(c, c.req.valid("param").provider);
      const login = await takeLogin(c, provider, c.req.valid("query").state ?? "");
      const result = await resultOf(c, provider, login);
      return c.redirect(`${login.returnTo}#${new URLSearchParams(result)}`, 302);
    },
  )

  .post(
    api.exchangeProviderCode.path,
    noStore,
    acceptCookieSession,
    delayRejections,
    body(api.exchangeProviderCode.body),
    async (c) => {
      const { env } = c;
      const { config } = c.var;
      const { code, codeVerifier } = c.req.valid("json");
      const login = await unseal(config, "parley-login-code-1", code, LoginCode);
      if (!login || !(await spendOnce(env, config, "exchange", code, codeMs))) return rejectCode();
      const { userId, credentialVersion, codeChallenge } = login;
      if (codeChallenge !== undefined && !isSameText(sha256Of(codeVerifier ?? ""), codeChallenge))
        return rejectCode();
      const provider = config.OIDC_PROVIDERS.find(({ id }) => id === login.provider);
      const row = await findUser(accountDatabase(env), userId);
      if (!provider || !row?.active || row.credentialVersion !== credentialVersion) return rejectCode();
      const hasSecondFactor = provider.secondFactor === "provider";
      const result = await completeLogin(c, row, { method: `oidc:${provider.id}`, hasSecondFactor });
      return reply(c, api.exchangeProviderCode, result);
    },
  );

const rejectCode = (): never =>
  reject("unauthenticated", "The code is not valid, has expired or was used; log in again");

function requireProvider(c: Context<AppEnv>, id: string): OidcProvider {
  return (
    c.var.config.OIDC_PROVIDERS.find((provider) => provider.id === id) ??
    reject("not_found", "No such login provider")
  );
}

function requireOrigin(c: Context<AppEnv>): string {
  return (
    publicOrigin(c.var.config, c.req.raw) ??
    reject("unavailable", "Single sign-on needs the var `PUBLIC_URL`")
  );
}

const redirectUri = (c: Context<AppEnv>, { id }: OidcProvider): string =>
  `${requireOrigin(c)}/v1/auth/oidc/${id}/callback`;

/**
 * Returns the page to which the browser returns, without a fragment.
 *
 * @throws `validation_failed` for a page of an origin that is not allowed
 */
function allowedReturn(c: Context<AppEnv>, returnTo: string | undefined): string {
  const base = requireOrigin(c);
  const url = URL.parse(returnTo ?? "/", base);
  if (
    !url ||
    url.username ||
    url.password ||
    (url.origin !== base && !isAllowedOrigin(c.var.config, url.origin))
  )
    throw invalidField("returnTo", "Must be a page of an allowed origin");
  url.hash = "";
  return url.href;
}

/**
 * The cookie that binds a login to the browser. Its name contains a part of the state, so that logins in several tabs do not overwrite
 * each other. Only a local server without TLS lacks the prefix `__Host-`, which browsers accept only with `Secure`.
 */
function cookieOf(c: Context<AppEnv>, state: string) {
  const isSecure = requireOrigin(c).startsWith("https:");
  const name = `${isSecure ? "__Host-" : ""}parley-login-${state.slice(0, 8).replaceAll(/[^\w-]/g, "")}`;
  return { isSecure, name, options: { path: "/", httpOnly: true, sameSite: "Lax" as const } };
}

/**
 * Returns the login that this browser began with this state, and uses it up.
 *
 * @throws `unauthenticated` if the browser did not begin it, or it was used or has expired
 */
async function takeLogin(c: Context<AppEnv>, provider: OidcProvider, state: string): Promise<LoginState> {
  const { config } = c.var;
  const { name, isSecure, options } = cookieOf(c, state);
  const sealed = findCookie(c.req.raw, name);
  deleteCookie(c, name, { ...options, secure: isSecure });
  const login = sealed && (await unseal(config, "parley-login-state-1", sealed, LoginState));
  const isOwn = login && login.provider === provider.id && isSameText(login.state, state);
  if (!isOwn || !(await spendOnce(c.env, config, "state", state, loginMs)))
    return reject(
      "unauthenticated",
      "This login was not begun in this browser, was used or has expired; begin again",
    );
  return login;
}

/** Returns the parameters for the application's page: a code, or why the login failed. */
async function resultOf(
  c: Context<AppEnv>,
  provider: OidcProvider,
  login: LoginState,
): Promise<{ code: string } | { error: LoginErrorCode }> {
  const { config } = c.var;
  try {
    const callback = new URL(c.req.url);
    const claims = await providerClient(config, provider).claimsOf(callback, login, redirectUri(c, provider));
    const { row, action } = await findAccount(c.env, provider, claims);
    if (action)
      recordAudit(c, { action, actorId: row.id, objectId: row.id, detail: { provider: provider.id } });
    const { codeChallenge } = login;
    const { id: userId, credentialVersion } = row;
    const claimsOfCode = {
      userId,
      credentialVersion,
      provider: provider.id,
      ...(codeChallenge && { codeChallenge }),
    };
    return { code: await seal(config, "parley-login-code-1", claimsOfCode, codeMs) };
  } catch (error) {
    rethrowSimulatedCrash(error);
    if (error instanceof LoginError) return { error: error.code };
    const isUnreachable = error instanceof ProviderUnreachable;
    if (!isUnreachable && toAppError(error).code === "unavailable") throw error;
    logFailure(c, provider, error);
    if (error instanceof AuthorizationResponseError && error.error === "access_denied")
      return { error: "access_denied" };
    return { error: isUnreachable ? "provider_unavailable" : "login_failed" };
  }
}

/** Logs the kind of a failure. Its message may contain what the provider sent, so it is not logged. */
function logFailure(c: Context<AppEnv>, { id }: OidcProvider, error: unknown): void {
  const { name, code } = error as { name?: string; code?: unknown };
  logLine({
    level: "warn",
    message: "single_sign_on.failed",
    requestId: c.var.requestId,
    provider: id,
    error: `${name ?? "Error"} ${typeof code === "string" ? code : ""}`.trim(),
  });
}
