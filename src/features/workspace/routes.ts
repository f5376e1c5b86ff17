import { Hono } from "hono";
import { reject } from "../../errors/app-error.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { requireWorkspaceAction } from "../../http/require-workspace-action.ts";
import { body } from "../../http/validate.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { getWorkspace, updateWorkspace, type Workspace } from "../../protocol/index.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callIfPresent, callObject, hubOf } from "../../rpc/stubs.ts";
import { recordAudit } from "../audit/index.ts";
import { readPolicy, readSettings, writeSettings } from "./queries.ts";

/** Returns the settings, and whether the hub of the admin who changed them last still distributes them. */
async function currentWorkspace(env: Env): Promise<Workspace> {
  const row = await readSettings(env);
  if (!row) return { requireSecondFactor: false, sweep: "done" };
  const isRunning = await callIfPresent(() => hubOf(env, row.updatedBy).isSweepingPolicy());
  return { requireSecondFactor: row.requireSecondFactor, sweep: isRunning ? "running" : "done" };
}

/**
 * Changes the settings. The change is announced to the admin's hub before it is written to D1, so that the hub distributes it even if the
 * Worker crashes after the write.
 *
 * @returns whether they had another value
 */
async function changeSettings(
  env: Env,
  { userId, sessionId }: { userId: string; sessionId: string },
  requireSecondFactor: boolean,
): Promise<boolean> {
  if ((await readPolicy(env)).isRequired === requireSecondFactor) return false;
  const own = unwrap(await callObject(() => hubOf(env, userId).listSecondFactors(sessionId)));
  // Also to turn it off: the policy may not have reached this session yet.
  if (!own.passed)
    reject("conflict", "Your own session has not passed a second factor; enable one or log in with it first");
  await callObject(() => hubOf(env, userId).announcePolicyChange());
  const row = await writeSettings(env, { requireSecondFactor, updatedBy: userId });
  failpoint("account:after-record");
  if (!row) return false;
  await callObject(() => hubOf(env, userId).startPolicySweep());
  return true;
}

/** The routes of the workspace's settings. */
export const workspaceRoutes = new Hono<AppEnv>()
  .get(getWorkspace.path, authenticate(), async (c) => reply(c, getWorkspace, await currentWorkspace(c.env)))

  .patch(
    updateWorkspace.path,
    authenticate(),
    requireWorkspaceAction("manageWorkspace"),
    body(updateWorkspace.body),
    async (c) => {
      const { requireSecondFactor } = c.req.valid("json");
      const isChanged = await changeSettings(c.env, c.var.actor, requireSecondFactor);
      if (isChanged) recordAudit(c, { action: "workspace.update_settings", detail: { requireSecondFactor } });
      return reply(c, updateWorkspace, await currentWorkspace(c.env));
    },
  );
