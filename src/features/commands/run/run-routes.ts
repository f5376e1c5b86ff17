import { Hono } from "hono";
import { reject } from "../../../errors/app-error.ts";
import { authenticate } from "../../../http/authenticate.ts";
import type { AppEnv } from "../../../http/context.ts";
import { noStore, reply } from "../../../http/reply.ts";
import { requireChannelInPath } from "../../../http/require-visible-channel.ts";
import { body, validate } from "../../../http/validate.ts";
import * as api from "../../../protocol/index.ts";
import { isBuiltIn } from "../built-in/run-built-in.ts";
import { findRunnableByName } from "../registry.ts";
import { runnerOf } from "../runner.ts";
import { respondByToken } from "./respond.ts";
import { authorizeRun, runAuthorized } from "./run-command.ts";

/** The routes by which users run commands, and bots answer them. */
export const commandRunRoutes = new Hono<AppEnv>()
  .post(
    api.runSlashCommand.path,
    authenticate(),
    validate("param", api.runSlashCommand.params),
    body(api.runSlashCommand.body),
    async (c) => {
      const { channelId } = c.req.valid("param");
      const { command: name, text, threadId: given, nonce } = c.req.valid("json");
      await requireChannelInPath(c, channelId);
      const runner = runnerOf(c);
      const { threadId } = await authorizeRun(runner, name, { channelId, threadId: given });
      const command = isBuiltIn(name)
        ? name
        : ((await findRunnableByName(c.env, name)) ??
          reject("not_found", `There is no command /${name}; /help lists the commands`));
      const run = await runAuthorized(runner, command, { channelId, threadId, text, nonce });
      return reply(c, api.runSlashCommand, run);
    },
  )

  .post(
    api.respondToSlashCommand.path,
    noStore,
    validate("param", api.respondToSlashCommand.params),
    body(api.respondToSlashCommand.body),
    async (c) => {
      const { responseToken } = c.req.valid("param");
      const shown = await respondByToken(c.env, c.var.config, responseToken, c.req.valid("json"));
      const { ephemeral, message, usesLeft } = shown;
      return reply(c, api.respondToSlashCommand, {
        messageId: message?.id ?? null,
        ephemeralId: ephemeral?.id ?? null,
        usesLeft,
      });
    },
  );
