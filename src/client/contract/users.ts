// Generated from src/protocol/users.ts by `npm run docs`. Do not edit.

import type { Endpoint, NoInput } from "../endpoint.ts";
import type { Cursor, FileId, Page, Timestamp, TimestampInput, UserId } from "./common.ts";

export interface CustomStatus {
  emoji?: string;
  text?: string;
  expiresAt?: Timestamp;
}

/** A user as they see themselves. */
export interface Self {
  id: UserId;
  username: string;
  displayName: string;
  avatarFileId: FileId | null;
  timeZone: string | null;
  role: WorkspaceRole;
  active: boolean;
  createdAt: Timestamp;
  email: string;
}

export type WorkspaceRole = "owner" | "admin" | "member";

export type GetMeInput = NoInput;

export type GetStatusInput = NoInput;

export interface Status {
  presence: ChosenPresence;
  custom: CustomStatus | null;
}

/** What you chose: `auto` is online while you are connected. */
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
  createdAt: Timestamp;
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
  /** 1 to 200 ids, separated by commas. */
  ids?: string | readonly string[];
}

export interface UpdateMeInput {
  body: UpdateMeBody;
}

export interface UpdateMeBody {
  /** 1 to 80 characters. */
  displayName?: string;
  timeZone?: string | null;
  /** A picture that you uploaded and that no message carries; everybody may see it. */
  avatarFileId?: FileId | null;
}

export interface UpdateUserInput {
  params: {
    userId: UserId;
  };
  body: UpdateUserBody;
}

export interface UpdateUserBody {
  /** `owner`: hands the workspace on; who does becomes an admin. */
  role?: WorkspaceRole;
  /** False: suspended. All sessions end, and every channel is closed to them. */
  active?: boolean;
}

export interface UpdateUserStatusInput {
  body: UpdateUserStatusBody;
}

export interface UpdateUserStatusBody {
  presence?: ChosenPresence;
  custom?: CustomStatusInput | null;
}

/** A custom status as a client chooses it. */
export interface CustomStatusInput {
  emoji?: string;
  /** 0 to 100 characters. */
  text?: string;
  expiresAt?: TimestampInput;
}

/**
 * Your own profile.
 *
 * `GET /v1/users/me`
 *
 * @throws ParleyError `validation_failed`
 */
export const getMe: Endpoint<GetMeInput, Self> = { method: "GET", path: "/v1/users/me", idempotent: true };

/**
 * The status that you chose.
 *
 * `GET /v1/users/me/status`
 *
 * @throws ParleyError `validation_failed`
 */
export const getStatus: Endpoint<GetStatusInput, Status> = {
  method: "GET",
  path: "/v1/users/me/status",
  idempotent: true,
};

/**
 * One user.
 *
 * `GET /v1/users/:userId`
 *
 * @throws ParleyError `not_found`, `validation_failed`
 */
export const getUser: Endpoint<GetUserInput, User> = {
  method: "GET",
  path: "/v1/users/:userId",
  idempotent: true,
};

/**
 * The directory; `query` is the beginning of a username or of a display name. With `ids` those users, in that
 * order, on one page; unknown ids are left out.
 *
 * `GET /v1/users`
 *
 * @throws ParleyError `validation_failed`
 */
export const getUsers: Endpoint<GetUsersInput, Page<User>> = {
  method: "GET",
  path: "/v1/users",
  idempotent: true,
  pages: "cursor",
};

/**
 * Change your own profile.
 *
 * `PATCH /v1/users/me`
 *
 * @throws ParleyError `conflict`, `not_found`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const updateMe: Endpoint<UpdateMeInput, Self> = {
  method: "PATCH",
  path: "/v1/users/me",
  sends: "json",
};

/**
 * Make somebody an admin or a member, suspend them or take them back; the owner can hand on the workspace.
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
 * Choose your status; `dnd` holds notifications back until it ends.
 *
 * `PUT /v1/users/me/status`
 *
 * @throws ParleyError `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const updateUserStatus: Endpoint<UpdateUserStatusInput, Status> = {
  method: "PUT",
  path: "/v1/users/me/status",
  sends: "json",
  idempotent: true,
};
