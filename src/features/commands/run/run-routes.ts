import { Hono } from "hono";
import { reject } from "../../../errors/app-error.ts";
import { authenticate } from "../../../http/authenticate.ts";
import type { AppEnv } from "../../../http/context.ts";
import { noStore, reply } from "../../../http/reply.ts";
import { requireChannelInPath } from "../../../http/require-visible-channel.ts";
import { body, validate } from "../../../http/validate.ts";
import * as api from "../../../protocol/index.ts";
import { unwrap } from "../../../rpc/rpc-result.ts";
import { callObject, roomOf } from "../../../rpc/stubs.ts";
import { isBuiltIn, postsInChannel, runBuiltIn } from "../built-in/run-built-in.ts";
import { findRunnableByName } from "../registry.ts";
import { runnerOf } from "../runner.ts";
import { respondByToken } from "./respond.ts";
import { runRegistered } from "./run-registered.ts";

/** The routes by which users run commands, and bots answer them. */
export const commandRunRoutes = new Hono<AppEnv>()
  .post(
    api.runSlashCommand.path,
    authenticate(),
    validate("param", api.runSlashCommand.params),
    body(api.runSlashCommand.body),
    async (c) => {
      const { actor } = c.var;
      const { channelId } = c.req.valid("param");
      const { command: name, text, threadId: given, nonce } = c.req.valid("json");
      await requireChannelInPath(c, channelId);
      const room = () => roomOf(c.env, channelId);
      const onlyReads = isBuiltIn(name) && !postsInChannel(name) && given === undefined;
      if (onlyReads) unwrap(await callObject(() => room().admit(actor)));
      const { threadId } = onlyReads
        ? { threadId: null }
        : unwrap(await callObject(() => room().authorizePost(actor, { threadId: given })));
      // After the room's answer, which does not reveal a hidden channel.
      if (actor.isBot) reject("forbidden", "Bots can't run commands");
      const typed = { channelId, threadId, text, nonce };
      if (isBuiltIn(name))
        return reply(c, api.runSlashCommand, { command: name, ...(await runBuiltIn(runnerOf(c), name, typed)) });
      const command =
        (await findRunnableByName(c.env, name)) ??
        reject("not_found", `There is no command /${name}; /help lists the commands`);
      return reply(c, api.runSlashCommand, { command: name, ...(await runRegistered(runnerOf(c), command, typed)) });
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
