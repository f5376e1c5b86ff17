import { limits, type SlashCommand } from "../../../protocol/index.ts";
import { presentAll } from "../present.ts";
import { listCommands } from "../registry.ts";
import type { BuiltIn } from "./built-in.ts";

/** `/help`: lists all commands, or describes one. */
export const helpCommand: BuiltIn = {
  posts: false,
  run: async ({ env }, { text }) => {
    const commands = presentAll(await listCommands(env));
    const wanted = text.replace(/^\//, "").toLowerCase();
    if (wanted === "") return { reply: withinLimit(["Commands:", ...commands.map(lineOf)]) };
    const found = commands.find(({ name }) => name === wanted);
    return {
      reply: found
        ? lineOf(found)
        : `There is no command /${wanted.slice(0, 32)}. \`/help\` lists all commands.`,
    };
  },
};

const lineOf = ({ name, usage, description }: SlashCommand): string =>
  `- \`/${name}${usage === null ? "" : ` ${usage.replaceAll("`", "'")}`}\`: ${description}`;

/** Joins as many lines as a message may have, and says how many are missing. */
function withinLimit(lines: readonly string[]): string {
  // Every code point is at most two units of UTF-16, so the result is within the limit of code points as well.
  const room = limits.contentLength - 100;
  const kept: string[] = [];
  let length = 0;
  for (const line of lines) {
    length += line.length + 1;
    if (length > room) break;
    kept.push(line);
  }
  const missing = lines.length - kept.length;
  return [...kept, ...(missing > 0 ? [`… and ${missing} more: \`/help command\` describes one.`] : [])].join(
    "\n",
  );
}
