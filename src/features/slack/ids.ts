import type { z } from "zod";
import { macOf } from "../../lib/macs.ts";
import {
  type Channel,
  ChannelId,
  FileId,
  GroupId,
  ScheduledMessageId,
  UserId,
} from "../../protocol/index.ts";

/**
 * Slack's ids are a letter for the kind and upper-case letters and digits. Ours are a prefix and a ULID, which has the same alphabet, so
 * that each is made from the other without a table: `usr_01J…` is `U01J…`.
 */
const prefixLength = "usr_".length;
const ulidOf = (id: string): string => id.slice(prefixLength);

export const slackUserId = (userId: string): string => `U${ulidOf(userId)}`;
/** The id of a bot's application user, which Slack has beside the id of its user. */
export const slackBotId = (userId: string): string => `B${ulidOf(userId)}`;
export const slackAppId = (userId: string): string => `A${ulidOf(userId)}`;
export const slackGroupId = (groupId: string): string => `S${ulidOf(groupId)}`;
export const slackScheduledId = (scheduledId: string): string => `Q${ulidOf(scheduledId)}`;
export const slackFileId = (fileId: string): string => `F${ulidOf(fileId)}`;

const channelLetters = { public: "C", private: "C", direct: "D", group: "G" } as const satisfies Record<
  Channel["type"],
  string
>;
/** A channel keeps its id when it becomes private, so both types have the same letter. */
export const slackChannelId = ({ id, type }: Pick<Channel, "id" | "type">): string =>
  `${channelLetters[type]}${ulidOf(id)}`;

/** The kinds of ids that clients send, with the letters that each may begin with. */
const kinds = {
  user: { letters: "UW", prefix: "usr", schema: UserId },
  bot: { letters: "BA", prefix: "usr", schema: UserId },
  channel: { letters: "CDG", prefix: "chn", schema: ChannelId },
  scheduled: { letters: "Q", prefix: "sch", schema: ScheduledMessageId },
  group: { letters: "S", prefix: "grp", schema: GroupId },
  file: { letters: "F", prefix: "fil", schema: FileId },
} as const satisfies Record<string, { letters: string; prefix: string; schema: z.ZodType<string> }>;

/** Returns our id for one of Slack's form; undefined for any other text. */
export function parseSlackId(kind: keyof typeof kinds, text: string): string | undefined {
  const { letters, prefix, schema } = kinds[kind];
  const letter = text.charAt(0);
  if (letter === "" || !letters.includes(letter)) return undefined;
  return schema.safeParse(`${prefix}_${text.slice(1)}`).data;
}

/** The kinds of ids that a text of Slack names, with their letters there. */
const namedLetters = { user: "[UW]", channel: "C", group: "S" } as const;

/** Returns the different ids of a kind in a text, the first `max`: each in Slack's form and ours. */
export function slackIdsIn(
  kind: keyof typeof namedLetters,
  text: string,
  max: number,
): { slackId: string; id: string }[] {
  const found = new Set(text.match(new RegExp(`\\b${namedLetters[kind]}[0-7][0-9A-Z]{25}\\b`, "g")));
  return [...found].slice(0, max).flatMap((slackId) => {
    const id = parseSlackId(kind, slackId);
    return id === undefined ? [] : [{ slackId, id }];
  });
}

const teamIdLength = 10;

/** Returns the id of the workspace: the same as long as the deployment keeps its secret. */
export const slackTeamId = ({ REFRESH_TOKEN_KEY }: { REFRESH_TOKEN_KEY: string }): string =>
  `T${Buffer.from(macOf(REFRESH_TOKEN_KEY, { purpose: "parley-slack-team-1", message: "id" }), "base64url")
    .toString("hex")
    .slice(0, teamIdLength)
    .toUpperCase()}`;

/** Returns the name of the workspace as the part of a domain that Slack has for it. */
export const slackTeamDomain = ({ WORKSPACE_NAME }: { WORKSPACE_NAME: string }): string =>
  WORKSPACE_NAME.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
