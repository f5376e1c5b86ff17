// Generated from src/protocol/workspace-settings.ts by `npm run docs`. Do not edit.

import type { Endpoint, NoInput } from "../endpoint.ts";

export type GetWorkspaceInput = NoInput;

/** The settings of the workspace. */
export interface Workspace {
  /** Whether sessions that have not passed a second factor can do nothing but pass or enable one. */
  requireSecondFactor: boolean;
  /** Whether all sessions have received the last change of the settings. */
  sweep: "running" | "done";
}

export interface UpdateWorkspaceInput {
  body: UpdateWorkspaceBody;
}

export interface UpdateWorkspaceBody {
  /** Whether every session needs a second factor. */
  requireSecondFactor: boolean;
}

/**
 * Get the settings of the workspace.
 *
 * `GET /v1/workspace`
 *
 * The settings of the workspace.
 *
 * @throws ParleyError `forbidden`, `validation_failed`
 */
export const getWorkspace: Endpoint<GetWorkspaceInput, Workspace> = {
  method: "GET",
  path: "/v1/workspace",
  idempotent: true,
};

/**
 * Change the settings of the workspace. Sessions receive the change in the background; new sessions have it at
 * once.
 *
 * `PATCH /v1/workspace`
 *
 * The settings of the workspace.
 *
 * @throws ParleyError `conflict`, `forbidden`, `payload_too_large`, `request_timeout`, `validation_failed`
 */
export const updateWorkspace: Endpoint<UpdateWorkspaceInput, Workspace> = {
  method: "PATCH",
  path: "/v1/workspace",
  sends: "json",
};
