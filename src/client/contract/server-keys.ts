// Generated from src/protocol/server-keys.ts by `npm run docs`. Do not edit.

import type { Endpoint, NoInput } from "../endpoint.ts";
import type { Page, ServerKeyId, Timestamp } from "./common.ts";
import type { Self } from "./users.ts";

export interface CreateServerKeyInput {
  body: CreateServerKeyBody;
}

export interface CreateServerKeyBody {
  /** 1 to 80 characters. */
  name: string;
}

export interface CreateServerKeyResponse {
  key: ServerKey;
  /** Send it as `Authorization: Bearer <secret>`. It is shown once and can't be read again. */
  secret: string;
}

/** A key by which an application that embeds Parley creates users and acts for them, without its secret. */
export interface ServerKey {
  id: ServerKeyId;
  name: string;
  createdAt: Timestamp;
}

export interface CreateServerUserTokenInput {
  params: {
    /** 1 to 128 characters. */
    externalId: string;
  };
  body: CreateServerUserTokenBody;
}

export interface CreateServerUserTokenBody {
  /** The lifetime of the token. By default one hour. */
  expiresInSeconds?: number;
}

export interface CreateServerUserTokenResponse {
  /** Send it as `Authorization: Bearer <token>`. */
  accessToken: string;
  expiresAt: Timestamp;
}

export interface DeactivateServerUserInput {
  params: {
    /** 1 to 128 characters. */
    externalId: string;
  };
}

export type GetServerKeysInput = NoInput;

export interface PutServerUserInput {
  params: {
    /** 1 to 128 characters. */
    externalId: string;
  };
  body: PutServerUserBody;
}

export interface PutServerUserBody {
  username: string;
  /** 1 to 80 characters. */
  displayName?: string;
  /** 0 to 254 characters. */
  email?: string | null;
  role?: "member" | "guest";
  /** True lets a deactivated user in again. */
  active?: boolean;
}

export interface RevokeServerKeyInput {
  params: {
    keyId: ServerKeyId;
  };
}

/**
 * Create a server key for an application that embeds Parley. For the workspace's owner and admins. Needs a
 * session that began within the last 15 minutes.
 *
 * `POST /v1/server-keys`
 *
 * @throws ParleyError `conflict`, `forbidden`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const createServerKey: Endpoint<CreateServerKeyInput, CreateServerKeyResponse> = {
  method: "POST",
  path: "/v1/server-keys",
  sends: "json",
};

/**
 * Create a short-lived access token of a user, for their browser or app.
 *
 * `POST /v1/server/users/:externalId/tokens`
 *
 * @throws ParleyError `forbidden`, `not_found`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const createServerUserToken: Endpoint<CreateServerUserTokenInput, CreateServerUserTokenResponse> = {
  method: "POST",
  path: "/v1/server/users/:externalId/tokens",
  sends: "json",
  idempotent: true,
};

/**
 * Deactivate a user: their sessions and tokens end, and their sockets close. Their messages stay.
 *
 * `DELETE /v1/server/users/:externalId`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `validation_failed`
 */
export const deactivateServerUser: Endpoint<DeactivateServerUserInput, undefined> = {
  method: "DELETE",
  path: "/v1/server/users/:externalId",
  answers: "nothing",
  idempotent: true,
};

/**
 * List the server keys, oldest first. For the workspace's owner and admins.
 *
 * `GET /v1/server-keys`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getServerKeys: Endpoint<GetServerKeysInput, Page<ServerKey>> = {
  method: "GET",
  path: "/v1/server-keys",
  idempotent: true,
};

/**
 * Create the user with this id of your application, or update them. Absent fields keep their value.
 *
 * `PUT /v1/server/users/:externalId`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const putServerUser: Endpoint<PutServerUserInput, Self> = {
  method: "PUT",
  path: "/v1/server/users/:externalId",
  sends: "json",
  idempotent: true,
};

/**
 * Revoke a server key, within 2 s. For the workspace's owner and admins.
 *
 * `DELETE /v1/server-keys/:keyId`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const revokeServerKey: Endpoint<RevokeServerKeyInput, undefined> = {
  method: "DELETE",
  path: "/v1/server-keys/:keyId",
  answers: "nothing",
  idempotent: true,
};
