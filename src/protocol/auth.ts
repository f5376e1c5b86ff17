import { z } from "zod";
import { label, SessionId, text, Timestamp } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { LoginResult, UserAndTokens } from "./login-result.ts";
import { Tokens } from "./session-tokens.ts";
import { Email, Username } from "./users.ts";

export const Password = text(8, 256).meta({ format: "password" });

export const Session = z
  .object({
    id: SessionId,
    device: z.string().meta({ description: "Derived from the User-Agent." }),
    addressPrefix: z
      .string()
      .meta({ description: "The /24 (IPv4) or /48 (IPv6) network from which the session was started." }),
    createdAt: Timestamp,
    lastUsedAt: Timestamp,
    current: z.boolean(),
  })
  .meta({ id: "Session" });
export type Session = z.infer<typeof Session>;

export const register = endpoint({
  method: "post",
  path: "/v1/auth/register",
  tag: "auth",
  auth: "public",
  summary:
    "Create an account and start a session. Where the e-mail address is confirmed first, the answer is 202 without a body, whether or not another account has the address",
  body: z.strictObject({
    email: Email,
    username: Username,
    password: Password,
    displayName: label(1, 80).optional(),
    inviteToken: z.string().min(1).max(256).optional().meta({
      description: "The token of an invite. Required in the mode `invite` of `GET /v1/auth/registration`.",
    }),
    setupToken: z.string().max(256).optional().meta({
      description: "Required for the first account, which becomes the owner, except on a local server.",
    }),
  }),
  cookieSession: true,
  status: 201,
  acceptedStatus: 202,
  response: UserAndTokens,
  errors: ["conflict", "forbidden"],
});

/** Surrounding white space, and the leading `@` of a username, are removed. */
export const Login = z
  .string()
  .max(1_024)
  .transform((login) => login.trim().replace(/^@(?=[^@]*$)/, ""))
  .pipe(z.string().min(1, "Must be an e-mail address or a username").max(254))
  .meta({ description: "E-mail address or username, case-insensitive.", minLength: 1 });

export const login = endpoint({
  method: "post",
  path: "/v1/auth/login",
  tag: "auth",
  auth: "public",
  summary:
    "Start a session with an e-mail address or username. If the account has a second factor, the response has a challenge for it in place of the tokens",
  body: z.strictObject({ login: Login, password: z.string().min(1).max(1024) }),
  repeatable: true,
  cookieSession: true,
  status: 200,
  response: LoginResult,
  errors: ["unauthenticated"],
});

export const refreshToken = endpoint({
  method: "post",
  path: "/v1/auth/refresh",
  tag: "auth",
  auth: "public",
  summary:
    "Exchange a refresh token for new tokens. Until the new tokens are used, and for 10 s after that, the old one returns the same new tokens again; any later use of it ends the session",
  body: z.strictObject({
    refreshToken: z.string().max(512).optional().meta({
      description:
        "The refresh token. With the header `Parley-Session: cookie` it is absent or empty, and the cookie has the token.",
    }),
  }),
  repeatable: true,
  cookieSession: true,
  status: 200,
  response: z.object({ tokens: Tokens }),
  errors: ["unauthenticated"],
});

export const logout = endpoint({
  method: "post",
  path: "/v1/auth/logout",
  tag: "auth",
  auth: "user",
  scope: "session",
  summary: "End this session, close its sockets and revoke its refresh tokens",
  cookieSession: true,
  status: 204,
  errors: [],
});

export const getSessions = endpoint({
  method: "get",
  path: "/v1/auth/sessions",
  tag: "auth",
  auth: "user",
  scope: "session",
  summary: "List your active sessions, newest first",
  status: 200,
  response: z.object({ items: z.array(Session), nextCursor: z.null() }),
  errors: [],
});

export const endSession = endpoint({
  method: "delete",
  path: "/v1/auth/sessions/:sessionId",
  tag: "auth",
  auth: "user",
  scope: "session",
  summary: "End one of your sessions",
  params: z.object({ sessionId: SessionId }),
  status: 204,
  errors: [],
});

export const endAllSessions = endpoint({
  method: "delete",
  path: "/v1/auth/sessions",
  tag: "auth",
  auth: "user",
  scope: "session",
  summary: "End all of your sessions, including this one",
  status: 204,
  errors: [],
});

export const changePassword = endpoint({
  method: "put",
  path: "/v1/auth/password",
  tag: "auth",
  auth: "user",
  scope: "session",
  summary: "Change your password. Ends your other sessions",
  body: z.strictObject({ currentPassword: z.string().min(1).max(1024), newPassword: Password }),
  status: 204,
  errors: ["forbidden", "conflict"],
});

export const getKeys = endpoint({
  method: "get",
  path: "/.well-known/jwks.json",
  tag: "auth",
  auth: "public",
  summary: "Get the public keys that verify access tokens (RFC 7517)",
  status: 200,
  response: z.object({
    keys: z.array(z.looseObject({ kid: z.string(), kty: z.string(), alg: z.string(), use: z.string() })),
  }),
  errors: [],
});
