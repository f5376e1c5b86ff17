import type { CommandDelivery, RegisteredCommand, SlashCommand } from "../../protocol/index.ts";
import { builtInCommands } from "../../protocol/index.ts";
import { isoTime } from "../../lib/time.ts";
import { builtInDescriptions } from "./built-in/descriptions.ts";
import type { CommandRow } from "./registry.ts";

/** Returns a command as all members see it. */
export const presentCommand = ({ id, name, description, usage, userId }: CommandRow): SlashCommand => ({
  id,
  name,
  description,
  usage,
  botId: userId,
});

/** Returns a command as its bot and admins see it. */
export const presentRegistered = (row: CommandRow): RegisteredCommand => ({
  ...presentCommand(row),
  id: row.id,
  botId: row.userId,
  delivery: row.delivery as CommandDelivery,
  url: row.url,
  createdBy: row.createdBy,
  createdAt: isoTime(row.createdAt),
  updatedAt: isoTime(row.updatedAt),
});

/** The commands of the server, as all members see them. */
export const presentBuiltIns = (): SlashCommand[] =>
  builtInCommands.map((name) => {
    const { description, usage } = builtInDescriptions[name];
    return { id: null, name, description, usage, botId: null };
  });
