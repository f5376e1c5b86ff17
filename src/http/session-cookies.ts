import type { Context } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import type { Config } from "../config.ts";
import { invalidField, reject } from "../errors/app-error.ts";
import { cookieSessionHeader, sessionCookieNames } from "../protocol/index.ts";
import type { AppEnv } from "./context.ts";
import { isOwnOrigin } from "./cors.ts";

type SessionCookie = keyof typeof sessionCookieNames;

/** In characters. Both cookies have about 700; a longer header contains cookies of other applications, or is an attack. */
const maxCookieHeader = 16_384;
/** 400 days: browsers shorten a longer `Max-Age` (RFC 6265bis, section 5.5). */
const maxAgeSeconds = 400 * 24 * 3_600;

/** What a request with the header `Parley-Session: cookie` decides for its response. */
export interface CookieScope {
  /** Whether the page was loaded by https. */
  isSecure: boolean;
  /** The session of the cookies has ended: the response removes them. */
  isEnded: boolean;
}

/** Returns the name of a cookie. Browsers accept the prefix `__Host-` only from this host itself, by https, so that no subdomain can set the cookie. */
const nameOf = (cookie: SessionCookie, isSecure: boolean): string =>
  isSecure ? sessionCookieNames[cookie] : sessionCookieNames[cookie].slice("__Host-".length);

const optionsOf = (isSecure: boolean) =>
  ({ path: "/", httpOnly: true, sameSite: "Strict", secure: isSecure }) as const;

/**
 * Accepts the header `Parley-Session: cookie`, which asks for a session whose refresh token no script can read. A page of another origin
 * cannot send the header (CORS does not allow it), and the browser's `Origin` and `Sec-Fetch-Site` are compared in addition.
 *
 * @throws in the middleware: `validation_failed` for another value of the header; `forbidden` unless the request was sent by a page of the
 *   server's own origin or of `PUBLIC_URL`, in production by https
 */
export const acceptCookieSession = createMiddleware<AppEnv>(async (c, next) => {
  const value = c.req.header(cookieSessionHeader);
  if (value !== undefined) c.set("cookieScope", { isSecure: requireOwnPage(c, value), isEnded: false });
  await next();
  const { cookieScope } = c.var;
  if (!cookieScope?.isEnded) return;
  const options = optionsOf(cookieScope.isSecure);
  for (const cookie of ["refresh", "access"] as const)
    deleteCookie(c, nameOf(cookie, cookieScope.isSecure), options);
});

/** @returns whether the page was loaded by https */
function requireOwnPage(c: Context<AppEnv>, value: string): boolean {
  if (value !== "cookie") throw invalidField(cookieSessionHeader, "Must be `cookie`");
  const { config } = c.var;
  const page = c.req.header("Origin");
  const site = c.req.header("Sec-Fetch-Site") ?? "same-origin";
  if (page === undefined || !isOwnOrigin(c, page) || site !== "same-origin")
    reject("forbidden", "Only pages of this server's own origin may keep their session in cookies");
  const isSecure = page.startsWith("https:");
  if (!isSecure && !acceptsPlainHttp(config))
    reject("forbidden", "A session in cookies needs a page that was loaded by https");
  return isSecure;
}

/** The tokens of a session, for its cookies. */
interface SessionTokens {
  accessToken: string;
  refreshToken: string;
}

/** Sets the cookies of a session: the refresh token for as long as an unused session lives, the access token for its lifetime. */
export function setSessionCookies(
  c: Context<AppEnv>,
  { isSecure }: CookieScope,
  { accessToken, refreshToken }: SessionTokens,
): void {
  const { SESSION_IDLE_MS, SESSION_MAX_MS, ACCESS_TOKEN_SECONDS } = c.var.config;
  const sessionSeconds = Math.ceil(Math.min(SESSION_IDLE_MS, SESSION_MAX_MS) / 1_000);
  const options = optionsOf(isSecure);
  setCookie(c, nameOf("refresh", isSecure), refreshToken, {
    ...options,
    maxAge: Math.min(sessionSeconds, maxAgeSeconds),
  });
  setCookie(c, nameOf("access", isSecure), accessToken, { ...options, maxAge: ACCESS_TOKEN_SECONDS });
}

/** Returns the refresh token in the cookie of a request with the header `Parley-Session: cookie`; undefined if there is none. */
export const refreshCookie = (c: Context<AppEnv>, { isSecure }: CookieScope): string | undefined =>
  findCookie(c.req.raw, nameOf("refresh", isSecure));

/**
 * Returns the access token in the cookie of a request for bytes that a page embeds, which carries no header of a script. Undefined if there
 * is none, or the page belongs to another site or another origin of the same site.
 */
export function accessCookie(c: Context<AppEnv>): string | undefined {
  const site = c.req.header("Sec-Fetch-Site");
  // `none`: the user entered the address.
  if (site !== undefined && site !== "same-origin" && site !== "none") return undefined;
  return (
    findCookie(c.req.raw, nameOf("access", true)) ??
    (acceptsPlainHttp(c.var.config) ? findCookie(c.req.raw, nameOf("access", false)) : undefined)
  );
}

const acceptsPlainHttp = ({ ENVIRONMENT }: Config): boolean => ENVIRONMENT === "local";

/**
 * Returns the value of a cookie (RFC 6265, section 4.2). Undefined if the request has none of this name or several of it, or its `Cookie`
 * header is longer than 16,384 characters.
 */
export function findCookie(request: Request, name: string): string | undefined {
  const header = request.headers.get("Cookie") ?? "";
  if (header.length > maxCookieHeader) return undefined;
  const values = header
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}
