import { z } from "zod";
import { label, ServerKeyId, text, Timestamp } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { Email, Self, Username } from "./users.ts";

/** The header that names the user that a request with a server key acts for. */
export const actAsHeader = "X-Parley-As";

/** A key by which an application that embeds Parley creates users and acts for them, without its secret. */
export const ServerKey = z
  .object({ id: ServerKeyId, name: z.string(), createdAt: Timestamp })
  .meta({ id: "ServerKey" });
export type ServerKey = z.infer<typeof ServerKey>;

export const createServerKey = endpoint({
  method: "post",
  path: "/v1/server-keys",
  tag: "server-keys",
  auth: "user",
  scope: "session",
  summary:
    "Create a server key for an application that embeds Parley. For the workspace's owner and admins. Needs a session that began within the last 15 minutes",
  body: z.strictObject({ name: label(1, 80) }),
  action: "manageServerKeys",
  status: 201,
  response: z.object({
    key: ServerKey,
    secret: z.string().meta({
      description: "Send it as `Authorization: Bearer <secret>`. It is shown once and can't be read again.",
    }),
  }),
  errors: ["conflict", "forbidden"],
});

export const getServerKeys = endpoint({
  method: "get",
  path: "/v1/server-keys",
  tag: "server-keys",
  auth: "user",
  scope: "session",
  summary: "List the server keys, oldest first. For the workspace's owner and admins",
  action: "manageServerKeys",
  status: 200,
  response: z.object({ items: z.array(ServerKey), nextCursor: z.null() }),
  errors: ["forbidden"],
});

export const revokeServerKey = endpoint({
  method: "delete",
  path: "/v1/server-keys/:keyId",
  tag: "server-keys",
  auth: "user",
  scope: "session",
  summary: "Revoke a server key, within 2 s. For the workspace's owner and admins",
  params: z.object({ keyId: ServerKeyId }),
  action: "manageServerKeys",
  status: 204,
  errors: ["forbidden"],
});

/** The id of a user in the application. */
const externalParams = z.object({ externalId: text(1, 128) });

export const putServerUser = endpoint({
  method: "put",
  path: "/v1/server/users/:externalId",
  tag: "server-keys",
  auth: "server",
  summary: "Create the user with this id of your application, or update them. Absent fields keep their value",
  params: externalParams,
  body: z.strictObject({
    username: Username,
    displayName: label(1, 80).optional(),
    email: Email.nullable().optional(),
    role: z.enum(["member", "guest"]).optional(),
    active: z.boolean().optional().meta({ description: "True lets a deactivated user in again." }),
  }),
  status: 201,
  repeatStatus: 200,
  response: Self,
  errors: ["conflict", "forbidden"],
});

export const createServerUserToken = endpoint({
  method: "post",
  path: "/v1/server/users/:externalId/tokens",
  tag: "server-keys",
  auth: "server",
  summary: "Create a short-lived access token of a user, for their browser or app",
  params: externalParams,
  body: z.strictObject({
    expiresInSeconds: z
      .int()
      .min(60)
      .max(24 * 3_600)
      .optional()
      .meta({ description: "The lifetime of the token. By default one hour." }),
  }),
  repeatable: true,
  status: 201,
  response: z.object({
    accessToken: z.string().meta({ description: "Send it as `Authorization: Bearer <token>`." }),
    expiresAt: Timestamp,
  }),
  errors: ["forbidden"],
});

export const deactivateServerUser = endpoint({
  method: "delete",
  path: "/v1/server/users/:externalId",
  tag: "server-keys",
  auth: "server",
  summary: "Deactivate a user: their sessions and tokens end, and their sockets close. Their messages stay",
  params: externalParams,
  status: 204,
  errors: ["conflict", "forbidden"],
});
