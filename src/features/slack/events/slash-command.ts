import { eq } from "drizzle-orm";
import { z } from "zod";
import type { Config } from "../../../config.ts";
import { accountDatabase, channels } from "../../../db/index.ts";
import {
  type CommandAnswer,
  type CommandInvocation,
  CommandAnswer as Answer,
} from "../../../protocol/index.ts";
import { findUser } from "../../users/index.ts";
import { slackAppId, slackChannelId, slackTeamId, slackUserId } from "../ids.ts";
import { findNamesInDatabase } from "../names-in-database.ts";
import { encodeEntities, slackMessageText } from "../text/index.ts";

/** The path below which response URLs accept answers in Slack's form. The token is that of our own response URL. */
const responsePath = "/slack/response/";

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
    team_domain: config.WORKSPACE_NAME.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"),
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

function slackResponseUrl(responseUrl: string): string {
  const url = new URL(responseUrl);
  return `${url.origin}${responsePath}${url.pathname.split("/").at(-1) ?? ""}`;
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
  if (data.delete_original) return Answer.safeParse({ deleteOriginal: true }).data;
  const converted = slackMessageText(data, {
    names: await findNamesInDatabase(env, data),
  });
  if ("error" in converted) return undefined;
  const { content, attachments } = converted;
  if (content === "" && !attachments) return { visibility: "ephemeral" };
  return Answer.safeParse({
    ...(content !== "" && { content }),
    ...(attachments && { attachments }),
    visibility: data.response_type === "in_channel" ? "channel" : "ephemeral",
    ...(data.replace_original && { replaceOriginal: true }),
    ...(data.response_type === "in_channel" &&
      converted.blocks && { metadata: { blocks: converted.blocks } }),
  }).data;
}
