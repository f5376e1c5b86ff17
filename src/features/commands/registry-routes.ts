import { type Context, Hono } from "hono";
import { accountDatabase } from "../../db/index.ts";
import { checkWorkspacePermissions } from "../../domain/permissions.ts";
import { invalidField, notFound, reject } from "../../errors/app-error.ts";
import { authenticate } from "../../http/authenticate.ts";
import { authenticateRead, readWhileChecking } from "../../http/authenticate-read.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { replyWithEtag } from "../../http/reply-with-etag.ts";
import { body, validate } from "../../http/validate.ts";
import { newId } from "../../lib/ids.ts";
import { checkOutboundUrl, OutboundError } from "../../outbound/index.ts";
import * as api from "../../protocol/index.ts";
import { recordAudit } from "../audit/index.ts";
import { findUser, updateMe } from "../users/index.ts";
import { newCommandSecret, rotated } from "./command-secrets.ts";
import { presentAll, presentRegistered } from "./present.ts";
import {
  changeCommand,
  type CommandChange,
  type CommandRow,
  deleteCommand,
  findCommand,
  insertCommand,
  listCommands,
} from "./registry.ts";
import { knownNames } from "./typed/known-names.ts";

const onlyOwn = "Only the bot of a command, and the workspace's owner and admins, can do this";

const isAdmin = (c: Context<AppEnv>): boolean =>
  checkWorkspacePermissions("manageCommands", c.var.actor.role);

/**
 * Returns the bot for which a request registers a command; undefined if an admin names none: it is created.
 *
 * @throws `forbidden`; `not_found` for an unknown bot
 */
async function botOfRequest(c: Context<AppEnv>, botId: string | undefined): Promise<string | undefined> {
  const { actor } = c.var;
  if (actor.isBot && (botId === undefined || botId === actor.userId)) return actor.userId;
  if (!isAdmin(c))
    reject(
      "forbidden",
      "Bots register commands for themselves; otherwise the workspace's owner and admins do",
    );
  if (botId === undefined) return undefined;
  const bot = await findUser(accountDatabase(c.env), botId);
  return bot?.isBot ? bot.id : notFound("bot");
}

/** Returns a command that the request may change. @throws `not_found`; `forbidden` */
async function requireOwn(c: Context<AppEnv>, commandId: string): Promise<CommandRow> {
  const row = await findCommand(c.env, commandId);
  if (!isAdmin(c) && !(c.var.actor.isBot && row?.userId === c.var.actor.userId)) reject("forbidden", onlyOwn);
  return row ?? reject("not_found", "No such command");
}

/** @throws `validation_failed` for an address that must not be called */
function requirePermittedUrl(c: Context<AppEnv>, url: string): void {
  try {
    checkOutboundUrl(c.var.config, url);
  } catch (error) {
    if (error instanceof OutboundError) throw invalidField("url", error.message);
    throw error;
  }
}

/** A command of a program for Slack stays one with another URL. */
const deliveryAfter = (before: string, url: string | null): api.CommandDelivery =>
  url === null ? "socket" : before === "slack" ? "slack" : "url";

const changedMeanwhile = (): never =>
  reject("conflict", "The command is being changed by another request; fetch it again");

/** The routes by which commands are registered, listed and changed. */
export const commandRegistryRoutes = new Hono<AppEnv>()
  .post(api.createSlashCommand.path, authenticate(), body(api.createSlashCommand.body), async (c) => {
    const { name, description, usage = null, url = null, signingSecret, botId: given } = c.req.valid("json");
    const botId = await botOfRequest(c, given);
    if (url !== null) requirePermittedUrl(c, url);
    else if (signingSecret !== undefined)
      throw invalidField("signingSecret", "Must be absent without a `url`");
    const id = newId("cmd");
    const created = url === null ? undefined : await newCommandSecret(c.var.config, id, signingSecret);
    const row = await insertCommand(c.env, c.var.config, {
      id,
      name,
      botId,
      description,
      usage,
      delivery: url === null ? "socket" : signingSecret === undefined ? "url" : "slack",
      url,
      secrets: created ? [created.stored] : [],
      createdBy: c.var.actor.userId,
    });
    knownNames.forget();
    recordAudit(c, {
      action: "command.create",
      objectId: id,
      detail: { name, botId: row.userId, delivery: row.delivery, createsBot: row.ownsBot },
    });
    return reply(c, api.createSlashCommand, {
      command: presentRegistered(row),
      // One that the caller chose is not repeated.
      secret: signingSecret === undefined ? (created?.secret ?? null) : null,
    });
  })

  .get(api.getSlashCommands.path, authenticateRead(), async (c) => {
    const rows = await readWhileChecking(c, () => listCommands(c.env));
    return replyWithEtag(c, { items: presentAll(rows), nextCursor: null });
  })

  .get(api.getSlashCommand.path, authenticate(), validate("param", api.getSlashCommand.params), async (c) =>
    reply(c, api.getSlashCommand, presentRegistered(await requireOwn(c, c.req.valid("param").commandId))),
  )

  .patch(
    api.updateSlashCommand.path,
    authenticate(),
    validate("param", api.updateSlashCommand.params),
    body(api.updateSlashCommand.body),
    async (c) => {
      const { url, ...fields } = c.req.valid("json");
      const before = await requireOwn(c, c.req.valid("param").commandId);
      if (typeof url === "string") requirePermittedUrl(c, url);
      const created =
        typeof url === "string" && before.secrets.length === 0
          ? await newCommandSecret(c.var.config, before.id)
          : undefined;
      const change: CommandChange = {
        ...fields,
        ...(url !== undefined && { url, delivery: deliveryAfter(before.delivery, url) }),
        ...(url === null && { secrets: [] }),
        ...(created && { secrets: [created.stored] }),
      };
      const row = (await changeCommand(c.env, before, change)) ?? changedMeanwhile();
      knownNames.forget();
      if (row.ownsBot && fields.name !== undefined)
        await updateMe(c.env, row.userId, { displayName: row.name }, { isCounted: false });
      recordAudit(c, {
        action: "command.update",
        objectId: row.id,
        detail: { name: row.name, delivery: row.delivery, changesUrl: url !== undefined },
      });
      return reply(c, api.updateSlashCommand, {
        command: presentRegistered(row),
        ...(created && { secret: created.secret }),
      });
    },
  )

  .delete(
    api.deleteSlashCommand.path,
    authenticate(),
    validate("param", api.deleteSlashCommand.params),
    async (c) => {
      const row = await requireOwn(c, c.req.valid("param").commandId);
      const { id, name, ownsBot } = row;
      await deleteCommand(c.env, row);
      knownNames.forget();
      recordAudit(c, { action: "command.delete", objectId: id, detail: { name, deletesBot: ownsBot } });
      return reply(c, api.deleteSlashCommand);
    },
  )

  .post(
    api.rotateSlashCommandSecret.path,
    authenticate(),
    validate("param", api.rotateSlashCommandSecret.params),
    async (c) => {
      const before = await requireOwn(c, c.req.valid("param").commandId);
      if (before.url === null) reject("conflict", "The command has no URL, and so no secret");
      const { secret, stored } = await newCommandSecret(c.var.config, before.id);
      const secrets = rotated(stored, before.secrets, Date.now());
      const row = (await changeCommand(c.env, before, { secrets })) ?? changedMeanwhile();
      recordAudit(c, { action: "command.rotate_secret", objectId: row.id, detail: { name: row.name } });
      return reply(c, api.rotateSlashCommandSecret, { secret });
    },
  );
