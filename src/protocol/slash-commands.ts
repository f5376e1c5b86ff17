import { z } from "zod";
import { label, SlashCommandId, Timestamp, UserId } from "./common.ts";
import { SlackSigningSecret } from "./compatibility.ts";
import { endpoint } from "./endpoint.ts";
import { limits } from "./limits.ts";

/** The commands that the server executes itself. */
export const builtInCommands = [
  "help",
  "invite",
  "leave",
  "me",
  "remind",
  "shrug",
  "status",
  "topic",
] as const;
export type BuiltInCommand = (typeof builtInCommands)[number];

/** Names that cannot be registered: built-in commands, and those that a later release may add. */
const reservedCommands: ReadonlySet<string> = new Set([
  ...builtInCommands,
  ..."archive away active call collapse dm dnd expand feedback join keys kick list members mention mute msg".split(
    " ",
  ),
  ..."nick open part pin poll quiet react remove rename reply reset save schedule search shortcuts thread".split(
    " ",
  ),
  ..."unarchive undo unmute unpin who whois".split(" "),
]);

/** The name of any command, with or without the leading `/`. */
export const commandName = z
  .string()
  .max(64, "Must have 1 to 32 characters of a-z 0-9 _ -")
  .transform((name) => name.trim().replace(/^\//, "").toLowerCase())
  .pipe(
    z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9_-]{0,31}$/,
        "Must have 1 to 32 characters of a-z 0-9 _ - and begin with a letter or a digit",
      ),
  );

/** Accepted in any case and with a leading `/`; stored in lower case without it. */
export const SlashCommandName = commandName
  .refine((name) => !reservedCommands.has(name), "Is reserved")
  .meta({ examples: ["deploy"] });

/** How invocations reach the bot. */
export const CommandDelivery = z.enum(["url", "slack", "socket"]).meta({
  id: "CommandDelivery",
  description:
    "`url`: by a signed request to the command's URL. `slack`: by a request as Slack sends it. `socket`: by the event `commandInvoke` on a socket of the bot.",
});
export type CommandDelivery = z.infer<typeof CommandDelivery>;

/** A command as all members see it. */
export const SlashCommand = z
  .object({
    id: SlashCommandId.nullable().meta({ description: "Null for a command of the server." }),
    name: z.string().meta({ description: "Without the leading `/`." }),
    description: z.string().meta({ description: "What the command does, in a sentence." }),
    usage: z.string().nullable().meta({ description: "The arguments, such as `<service> [version]`." }),
    botId: UserId.nullable().meta({ description: "The bot that answers; null for a command of the server." }),
  })
  .meta({ id: "SlashCommand" });
export type SlashCommand = z.infer<typeof SlashCommand>;

/** A command as its bot and the workspace's admins see it. */
export const RegisteredCommand = SlashCommand.extend({
  id: SlashCommandId,
  botId: UserId.meta({ description: "The bot that answers." }),
  delivery: CommandDelivery,
  url: z.string().nullable().meta({ description: "Where invocations are sent; null with `socket`." }),
  createdBy: UserId.meta({ description: "The bot or the admin who registered it." }),
  createdAt: Timestamp,
  updatedAt: Timestamp.meta({ description: "When it was last changed." }),
}).meta({ id: "RegisteredCommand" });
export type RegisteredCommand = z.infer<typeof RegisteredCommand>;

/** Checked further before it is stored: docs/event-subscriptions.md, "Addresses". */
const CommandUrl = z.string().min(1).max(limits.urlLength).meta({
  description: "An https URL at a public address. Absent: invocations are sent to a socket of the bot.",
});

const secretDescription =
  "Signs the requests (Standard Webhooks): `whsec_` and base64. It is shown once and can't be read again; null without a URL.";
const CommandSecret = z.string().meta({ description: secretDescription });

const Usage = label(1, 100).meta({ description: "The arguments, such as `<service> [version]`." });

const commandParams = z.object({ commandId: SlashCommandId });

export const createSlashCommand = endpoint({
  method: "post",
  path: "/v1/commands",
  tag: "commands",
  auth: "user",
  summary:
    "Register a slash command: a bot for itself, or the workspace's owner and admins for a bot, or for one that is created with it",
  body: z.strictObject({
    name: SlashCommandName,
    description: label(1, 200),
    usage: Usage.optional(),
    url: CommandUrl.optional(),
    signingSecret: SlackSigningSecret.optional(),
    botId: UserId.optional().meta({
      description:
        "The bot that answers. A bot registers for itself. If an admin leaves it out, a bot is created that is named after the command and ends with it.",
    }),
  }),
  action: "manageCommands",
  scope: "admin",
  status: 201,
  response: z.object({
    command: RegisteredCommand,
    secret: CommandSecret.nullable().meta({ description: secretDescription }),
  }),
  errors: ["conflict", "forbidden", "not_found"],
});

export const getSlashCommands = endpoint({
  method: "get",
  path: "/v1/commands",
  tag: "commands",
  auth: "user",
  restricted: true,
  summary:
    "List the commands of the workspace and of the server by name, for example to complete what a user types",
  etag: true,
  status: 200,
  response: z.object({ items: z.array(SlashCommand), nextCursor: z.null() }),
  errors: [],
});

export const getSlashCommand = endpoint({
  method: "get",
  path: "/v1/commands/:commandId",
  tag: "commands",
  auth: "user",
  summary: "Get a command with its delivery. For its bot, and the workspace's owner and admins",
  params: commandParams,
  action: "manageCommands",
  scope: "admin",
  status: 200,
  response: RegisteredCommand,
  errors: ["forbidden"],
});

export const updateSlashCommand = endpoint({
  method: "patch",
  path: "/v1/commands/:commandId",
  tag: "commands",
  auth: "user",
  summary: "Change a command. For its bot, and the workspace's owner and admins",
  params: commandParams,
  body: z.strictObject({
    name: SlashCommandName.optional(),
    description: label(1, 200).optional(),
    usage: Usage.nullable().optional().meta({ description: "The arguments; null: none are stated." }),
    url: CommandUrl.nullable().optional().meta({
      description:
        "Another URL; null: invocations are sent to a socket of the bot. The first URL of a command gets a new secret.",
    }),
  }),
  action: "manageCommands",
  scope: "admin",
  status: 200,
  response: z.object({
    command: RegisteredCommand,
    secret: CommandSecret.optional().meta({ description: "Present if the change created a new secret." }),
  }),
  errors: ["conflict", "forbidden"],
});

export const deleteSlashCommand = endpoint({
  method: "delete",
  path: "/v1/commands/:commandId",
  tag: "commands",
  auth: "user",
  summary:
    "Delete a command, and the bot that was created for it. Its response URLs end. For its bot, and the workspace's owner and admins",
  params: commandParams,
  action: "manageCommands",
  scope: "admin",
  status: 204,
  errors: ["forbidden"],
});

export const rotateSlashCommandSecret = endpoint({
  method: "post",
  path: "/v1/commands/:commandId/secret",
  tag: "commands",
  auth: "user",
  summary:
    "Replace the secret of a command. For 24 h requests are signed with the former one as well. For its bot, and the workspace's owner and admins",
  params: commandParams,
  action: "manageCommands",
  scope: "admin",
  status: 200,
  response: z.object({ secret: CommandSecret }),
  errors: ["conflict", "forbidden"],
});
