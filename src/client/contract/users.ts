// Generated from src/protocol/users.ts by `npm run docs`. Do not edit.

import type { Endpoint, NoInput } from "../endpoint.ts";
import type { Cursor, FileId, Page, Timestamp, TimestampInput, UserId } from "./common.ts";

export interface CustomStatus {
  /** One emoji, or the name of a custom emoji between colons. */
  emoji?: string;
  text?: string;
  expiresAt?: Timestamp;
}

/** The account of the requesting user, with the fields that only they can see. */
export interface Self {
  id: UserId;
  username: string;
  displayName: string;
  avatarFileId: FileId | null;
  timeZone: string | null;
  role: WorkspaceRole;
  active: boolean;
  /** Whether a program acts as this user, by tokens alone. */
  isBot: boolean;
  createdAt: Timestamp;
  /** When the account was erased. Its names are then those of a deleted user. Absent otherwise. */
  erasedAt?: Timestamp;
  /** Empty for an account without an address, such as a bot. */
  email: string;
  /** Whether you proved to receive mail at `email`. */
  emailConfirmed: boolean;
}

export type WorkspaceRole = "owner" | "admin" | "member" | "guest";

export interface EndUserSessionsInput {
  params: {
    userId: UserId;
  };
}

export type GetMeInput = NoInput;

export type GetStatusInput = NoInput;

export interface Status {
  presence: ChosenPresence;
  custom: CustomStatus | null;
}

/** The presence that a user chose. `auto`: online while connected. */
export type ChosenPresence = "auto" | "away" | "dnd" | "invisible";

export interface GetUserInput {
  params: {
    userId: UserId;
  };
}

export interface User {
  id: UserId;
  username: string;
  displayName: string;
  avatarFileId: FileId | null;
  timeZone: string | null;
  role: WorkspaceRole;
  active: boolean;
  /** Whether a program acts as this user, by tokens alone. */
  isBot: boolean;
  createdAt: Timestamp;
  /** When the account was erased. Its names are then those of a deleted user. Absent otherwise. */
  erasedAt?: Timestamp;
}

export interface GetUserByEmailInput {
  query: GetUserByEmailQuery;
}

export interface GetUserByEmailQuery {
  /** In any case. 0 to 254 characters. */
  email: string;
}

export interface GetUsersInput {
  query?: GetUsersQuery;
}

export interface GetUsersQuery {
  /** 1 to 100. Default: 50. */
  limit?: number;
  cursor?: Cursor;
  /** 1 to 80 characters. */
  query?: string;
  /** 1 to 200 user ids, separated by commas. */
  ids?: string | readonly string[];
}

export interface UpdateMeInput {
  body: UpdateMeBody;
}

export interface UpdateMeBody {
  /** 1 to 80 characters. */
  displayName?: string;
  timeZone?: string | null;
  /**
   * An image that you uploaded and that is not attached to a message, of at most 1 MiB and 2048 × 2048 pixels. All
   * users can see it.
   */
  avatarFileId?: FileId | null;
}

export interface UpdateUserInput {
  params: {
    userId: UserId;
  };
  body: UpdateUserBody;
}

export interface UpdateUserBody {
  /** `owner` transfers the ownership of the workspace; the previous owner becomes an admin. */
  role?: WorkspaceRole;
  /** False suspends the user: all of their sessions end, and they lose access to all channels. */
  active?: boolean;
}

export interface UpdateUserStatusInput {
  body: UpdateUserStatusBody;
}

export interface UpdateUserStatusBody {
  presence?: ChosenPresence;
  custom?: CustomStatusInput | null;
}

/** A custom status as clients send it. */
export interface CustomStatusInput {
  /** One emoji, or the name of a custom emoji between colons. */
  emoji?: string;
  /** 0 to 100 characters. */
  text?: string;
  expiresAt?: TimestampInput;
}

/**
 * End all sessions of a user, for example after a device was stolen. The user can log in again.
 *
 * `DELETE /v1/users/:userId/sessions`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const endUserSessions: Endpoint<EndUserSessionsInput, undefined> = {
  method: "DELETE",
  path: "/v1/users/:userId/sessions",
  answers: "nothing",
  idempotent: true,
};

/**
 * Get your own profile.
 *
 * `GET /v1/users/me`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getMe: Endpoint<GetMeInput, Self> = { method: "GET", path: "/v1/users/me", idempotent: true };

/**
 * Get your chosen status.
 *
 * `GET /v1/users/me/status`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getStatus: Endpoint<GetStatusInput, Status> = {
  method: "GET",
  path: "/v1/users/me/status",
  idempotent: true,
};

/**
 * Get a user.
 *
 * `GET /v1/users/:userId`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getUser: Endpoint<GetUserInput, User> = {
  method: "GET",
  path: "/v1/users/:userId",
  idempotent: true,
};

/**
 * Find the active user with an e-mail address. For tokens of bots with the scope `users:email`, and for the
 * workspace's owner and admins.
 *
 * `GET /v1/users/by-email`
 *
 * @throws ParleyError `forbidden`, `not_found`, `validation_failed`
 */
export const getUserByEmail: Endpoint<GetUserByEmailInput, User> = {
  method: "GET",
  path: "/v1/users/by-email",
  idempotent: true,
};

/**
 * List the users of the workspace. `query` is a prefix of the username or the display name. With `ids`, returns
 * these users in this order on one page and omits unknown ids.
 *
 * `GET /v1/users`
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getUsers: Endpoint<GetUsersInput, Page<User>> = {
  method: "GET",
  path: "/v1/users",
  idempotent: true,
  pages: "cursor",
};

/**
 * Update your own profile.
 *
 * `PATCH /v1/users/me`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const updateMe: Endpoint<UpdateMeInput, Self> = {
  method: "PATCH",
  path: "/v1/users/me",
  sends: "json",
};

/**
 * Change the role of a user, or suspend or reactivate them. The owner can transfer the ownership of the
 * workspace.
 *
 * `PATCH /v1/users/:userId`
 *
 * @throws ParleyError `conflict`, `forbidden`, `not_found`, `payload_too_large`, `request_timeout`,
 * `validation_failed`
 */
export const updateUser: Endpoint<UpdateUserInput, User> = {
  method: "PATCH",
  path: "/v1/users/:userId",
  sends: "json",
};

/**
 * Set your status. `dnd` defers notifications until it ends.
 *
 * `PUT /v1/users/me/status`
 *
 * @throws ParleyError `forbidden`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const updateUserStatus: Endpoint<UpdateUserStatusInput, Status> = {
  method: "PUT",
  path: "/v1/users/me/status",
  sends: "json",
  idempotent: true,
};
