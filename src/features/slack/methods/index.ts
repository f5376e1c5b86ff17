import type { SlackMethod } from "../api/method.ts";
import { chatMethods } from "./chat.ts";
import { conversationChangeMethods } from "./conversation-changes.ts";
import { conversationListMethods } from "./conversation-lists.ts";
import { fileMethods } from "./files.ts";
import { historyMethods } from "./history.ts";
import { pinMethods, reactionMethods } from "./reactions.ts";
import { scheduledMethods } from "./scheduled.ts";
import { searchMethods } from "./search.ts";
import { userMethods } from "./users.ts";
import { rejectedMethods, workspaceMethods } from "./workspace.ts";

/** The methods of Slack's Web API that are supported, by name. docs/slack.md lists them. */
export const slackMethods: ReadonlyMap<string, SlackMethod> = new Map(
  Object.entries<SlackMethod>({
    ...workspaceMethods,
    ...chatMethods,
    ...scheduledMethods,
    ...conversationListMethods,
    ...conversationChangeMethods,
    ...historyMethods,
    ...userMethods,
    ...reactionMethods,
    ...pinMethods,
    ...fileMethods,
    ...searchMethods,
    ...rejectedMethods,
  }),
);
