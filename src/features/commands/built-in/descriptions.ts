import type { BuiltInCommand } from "../../../protocol/index.ts";

/** What the list of commands, and `/help`, say about the commands of the server. */
export const builtInDescriptions: Readonly<
  Record<BuiltInCommand, { description: string; usage: string | null }>
> = {
  help: { description: "List the commands, or describe one", usage: "[command]" },
  invite: { description: "Add users to this channel", usage: "@user …" },
  leave: { description: "Leave this channel", usage: null },
  me: { description: "Post an action in the third person", usage: "text" },
  remind: { description: "Remind yourself", usage: "[me] [to] text when" },
  shrug: { description: "Post a text with ¯\\_(ツ)_/¯ at its end", usage: "[text]" },
  status: {
    description: "Show, set or clear your status",
    usage: "[clear | [emoji] text [for 2 hours | until 5 pm]]",
  },
  topic: { description: "Show or set the topic of this channel; `-` removes it", usage: "[text | -]" },
};
