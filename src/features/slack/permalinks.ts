import type { Message } from "../../protocol/index.ts";
import type { MethodContext } from "./api/method.ts";

/** Returns the address of a message in the application: `/c/<channel>/<seq>`. */
export const permalinkOf = (
  { api, config }: Pick<MethodContext, "api" | "config">,
  { channelId, seq }: Pick<Message, "channelId" | "seq">,
): string => `${config.PUBLIC_URL ?? api.origin}/c/${channelId}/${seq}`;
