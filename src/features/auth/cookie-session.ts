import type { Context } from "hono";
import { invalidField } from "../../errors/app-error.ts";
import type { AppEnv } from "../../http/context.ts";
import { refreshCookie, setSessionCookies } from "../../http/session-cookies.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { cookieSessionHeader, type Tokens } from "../../protocol/index.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import { recordAudit } from "../audit/index.ts";
import { isTagged, parseRefreshToken, type PresentedToken } from "./refresh-tokens.ts";

/**
 * Returns the refresh token that a request presents: that of the body or, with the header `Parley-Session: cookie`, that of the cookie, which
 * is empty if there is none.
 *
 * @throws `validation_failed` if the body has no token without the header, or one with it
 */
export function presentedRefreshToken(c: Context<AppEnv>, inBody = ""): string {
  const { cookieScope } = c.var;
  if (cookieScope && inBody !== "")
    throw invalidField("refreshToken", `Must be empty with the header ${cookieSessionHeader}`);
  if (cookieScope) return refreshCookie(c, cookieScope) ?? "";
  if (inBody === "") throw invalidField("refreshToken", "Required");
  return inBody;
}

/**
 * Moves the refresh token of a response to a cookie, if the request asks for that. A session of the browser whose cookie is replaced ends.
 *
 * @returns the tokens for the body
 */
export function deliverTokens(c: Context<AppEnv>, sessionId: string, tokens: Tokens): Tokens {
  const { cookieScope } = c.var;
  if (!cookieScope) return tokens;
  const replaced = tokenInCookie(c);
  if (replaced && replaced.sessionId !== sessionId) c.executionCtx.waitUntil(endReplaced(c, replaced));
  setSessionCookies(c, cookieScope, tokens);
  return { ...tokens, refreshToken: "" };
}

/** Has the response of a logout remove the cookies, unless they belong to another session of the browser. */
export function endCookies(c: Context<AppEnv>, sessionId: string): void {
  const { cookieScope } = c.var;
  if (cookieScope && (tokenInCookie(c)?.sessionId ?? sessionId) === sessionId) cookieScope.isEnded = true;
}

/** Returns the refresh token in the cookie, if a Worker with this key issued it; its session may have ended. */
function tokenInCookie(c: Context<AppEnv>): PresentedToken | undefined {
  const { cookieScope, config } = c.var;
  const token = cookieScope && parseRefreshToken(refreshCookie(c, cookieScope) ?? "");
  return token && isTagged(config.REFRESH_TOKEN_KEY, token) ? token : undefined;
}

/** An error is only logged: no cookie has the token of the session any more, and it ends when it has been unused for the idle limit. */
async function endReplaced(c: Context<AppEnv>, { userId, sessionId }: PresentedToken): Promise<void> {
  try {
    const ended = await callObject(() => hubOf(c.env, userId).endSession(sessionId));
    if (ended.ok) recordAudit(c, { action: "session.end", objectId: sessionId, actorId: userId });
  } catch (error) {
    logLine({ level: "warn", message: "auth.replaced_session_not_ended", error: describeError(error) });
  }
}
