import {
  builtInCommands,
  type CommandDelivery,
  type RegisteredCommand,
  type SlashCommand,
} from "../../protocol/index.ts";
import { isoTime } from "../../lib/time.ts";
import { builtInDescriptions } from "./built-in/descriptions.ts";
import type { CommandRow } from "./registry.ts";

/** Returns a command as all members see it. */
const presentCommand = ({ id, name, description, usage, userId }: CommandRow) => ({
  id,
  name,
  description,
  usage,
  botId: userId,
});

/** Returns a command as its bot and admins see it. */
export const presentRegistered = (row: CommandRow): RegisteredCommand => ({
  ...presentCommand(row),
  delivery: row.delivery as CommandDelivery,
  url: row.url,
  createdBy: row.createdBy,
  createdAt: isoTime(row.createdAt),
  updatedAt: isoTime(row.updatedAt),
});

/** Returns the commands of the server and of bots by name, as all members see them. */
export function presentAll(rows: readonly CommandRow[]): SlashCommand[] {
  const builtIns = builtInCommands.map((name) => {
    const { description, usage } = builtInDescriptions[name];
    return { id: null, name, description, usage, botId: null };
  });
  return [...builtIns, ...rows.map(presentCommand)].toSorted((one, other) =>
    one.name < other.name ? -1 : 1,
  );
}
