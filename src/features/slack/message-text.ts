import type { Message } from "../../protocol/index.ts";
import type { MethodContext } from "./method.ts";

/** Replaced after the merge of the branch `hooks`. */
export const mrkdwnOf = (message: Message): string =>
  message.content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

export const contentOf = ({ text = "" }: { text?: string | undefined }, _context: MethodContext): string =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
