import { createMiddleware } from "hono/factory";
import { checkWorkspacePermissions, type WorkspaceAction } from "../domain/permissions.ts";
import { reject } from "../errors/app-error.ts";
import type { AppEnv } from "./context.ts";

/** Makes a middleware that checks the actor's role after `authenticate`. @throws `forbidden`, in the middleware */
export const requireWorkspaceAction = (
  action: WorkspaceAction,
  detail = "Only the workspace's owner and admins can do this",
) =>
  createMiddleware<AppEnv>(async (c, next) => {
    if (!checkWorkspacePermissions(action, c.var.actor.role)) reject("forbidden", detail);
    await next();
  });
