import { eq } from "drizzle-orm";
import { z } from "zod";
import type { Config } from "../../../config.ts";
import { accountDatabase, channels } from "../../../db/index.ts";
import { CommandAnswer, type CommandInvocation, compatibilityRoutes } from "../../../protocol/index.ts";
import { findUser } from "../../users/index.ts";
import { pathOf } from "../api/parley-api.ts";
import { slackAppId, slackChannelId, slackTeamDomain, slackTeamId, slackUserId } from "../ids.ts";
import { findNamesInDatabase } from "../names-in-database.ts";
import { encodeEntities, slackMessageText } from "../text/index.ts";

/** Returns the fields by which Slack describes an invocation of a slash command. */
export async function slashCommandPayload(
  env: Env,
  config: Config,
  { id, command, text, channelId, userId, threadId, responseUrl }: CommandInvocation,
  botId: string,
): Promise<Record<string, string>> {
  const db = accountDatabase(env);
  const [channel, user] = await Promise.all([
    db
      .select({ type: channels.type, name: channels.name })
      .from(channels)
      .where(eq(channels.id, channelId))
      .get(),
    findUser(db, userId),
  ]);
  const type = channel?.type ?? "public";
  const name = {
    public: encodeEntities(channel?.name ?? ""),
    private: "privategroup",
    direct: "directmessage",
    group: "mpdm",
  }[type];
  return {
    token: "",
    team_id: slackTeamId(config),
    team_domain: slackTeamDomain(config),
    channel_id: slackChannelId({ id: channelId, type }),
    channel_name: name,
    user_id: slackUserId(userId),
    user_name: user?.username ?? "",
    command: `/${command}`,
    text: encodeEntities(text),
    api_app_id: slackAppId(botId),
    is_enterprise_install: "false",
    response_url: slackResponseUrl(responseUrl),
    trigger_id: `${id}.${slackUserId(userId)}`,
    ...(threadId !== null && { thread_id: threadId }),
  };
}

/** Returns the URL that accepts answers in Slack's form, with the token of our response URL. */
function slackResponseUrl(responseUrl: string): string {
  const { origin, pathname } = new URL(responseUrl);
  const token = pathname.split("/").at(-1) ?? "";
  return `${origin}${pathOf(compatibilityRoutes.slackResponse, { params: { token } })}`;
}

/** An answer in Slack's form. Other fields are ignored. */
const SlackAnswer = z.object({
  text: z.unknown().optional(),
  blocks: z.unknown().optional(),
  attachments: z.unknown().optional(),
  mrkdwn: z.unknown().optional(),
  response_type: z.enum(["ephemeral", "in_channel"]).default("ephemeral").catch("ephemeral"),
  replace_original: z.boolean().default(false).catch(false),
  delete_original: z.boolean().default(false).catch(false),
});

/**
 * Converts an answer of a program for Slack: a JSON object, or text that is not JSON, which is the answer itself.
 *
 * @returns undefined for what is not an answer
 */
export async function commandAnswerOf(env: Env, body: unknown): Promise<CommandAnswer | undefined> {
  const { data } = SlackAnswer.safeParse(typeof body === "string" ? { text: body } : body);
  if (!data) return undefined;
  if (data.delete_original) return CommandAnswer.safeParse({ deleteOriginal: true }).data;
  const converted = slackMessageText(data, {
    names: await findNamesInDatabase(env, data),
  });
  if ("error" in converted) return undefined;
  const { content, attachments } = converted;
  if (content === "" && !attachments) return { visibility: "ephemeral" };
  return CommandAnswer.safeParse({
    ...(content !== "" && { content }),
    ...(attachments && { attachments }),
    visibility: data.response_type === "in_channel" ? "channel" : "ephemeral",
    ...(data.replace_original && { replaceOriginal: true }),
    ...(data.response_type === "in_channel" &&
      converted.blocks && { metadata: { blocks: converted.blocks } }),
  }).data;
}
