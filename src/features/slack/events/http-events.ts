import { randomToken } from "../../../lib/ids.ts";
import { LruMap } from "../../../lib/lru-map.ts";
import type { Config } from "../../../config.ts";
import { type Channel, type EventEnvelope, Message } from "../../../protocol/index.ts";
import type { ChannelRead } from "../../../domain/channel-read.ts";
import { callObject, roomOf } from "../../../rpc/stubs.ts";
import { unwrap } from "../../../rpc/rpc-result.ts";
import { slackTeamId } from "../ids.ts";
import { slackTs } from "../timestamps.ts";
import { slackSignature } from "../signing.ts";
import { eventCallback } from "./callback.ts";
import { type EventContext, translateEvent } from "./translate.ts";

/** Channels in memory of one isolate, as they were at the last event. */
const channels = new LruMap<string, Channel>(1_000);

export interface SlackRequest {
  headers: Record<string, string>;
  body: string;
}

export interface HttpEventInput {
  env: Env;
  config: Config;
  /** The user, mostly a bot, whose access to the channel is checked. */
  userId: string;
  /** The event as subscribers receive it, as JSON text. */
  envelope: string;
  secret: string;
  /** How many attempts were made before. */
  attempt: number;
  nowMs: number;
}

/** Makes the requests of the Events API for one event of a channel: none, one or several. */
export async function slackEventRequests(input: HttpEventInput): Promise<SlackRequest[]> {
  const { env, config, userId, attempt } = input;
  const envelope = JSON.parse(input.envelope) as EventEnvelope;
  const { channelId, seq } = envelope;
  const teamId = slackTeamId(config);
  const read = (what: ChannelRead) => readRoom(env, userId, channelId, what);
  const channel = channels.get(channelId) ?? ((await read({ kind: "channel" })) as Channel | undefined);
  if (!channel) return [];
  const findMessage = async (messageId: string) =>
    Message.safeParse(await read({ kind: "message", messageId })).data;
  const context: EventContext = {
    ...{ teamId, channel, findMessage },
    botUserId: userId,
    origin: config.PUBLIC_URL ?? "",
    findRoot: async (messageId) => {
      const root = await findMessage(messageId);
      return root && { ts: slackTs(root), authorId: root.authorId };
    },
  };
  const events = await translateEvent(envelope, context);
  channels.set(channelId, "channel" in envelope.data ? envelope.data.channel : channel);
  return events.map((event, index) =>
    signedRequest(eventCallback(event, { channelId, seq, index }, { teamId, botUserId: userId }), input, {
      ...(attempt > 0 && {
        "X-Slack-Retry-Num": String(attempt),
        "X-Slack-Retry-Reason": "http_error",
      }),
    }),
  );
}

function signedRequest(
  payload: object,
  { secret, nowMs }: { secret: string; nowMs: number },
  headers: Record<string, string> = {},
): SlackRequest {
  const body = JSON.stringify(payload);
  return {
    headers: { "Content-Type": "application/json", ...slackSignature(secret, body, nowMs), ...headers },
    body,
  };
}

/** Reads from a channel as a user; undefined for what they may not read. */
async function readRoom(env: Env, userId: string, channelId: string, read: ChannelRead): Promise<unknown> {
  const answer = await callObject(() => roomOf(env, channelId).read({ userId, sessionId: "" }, read));
  if (!answer.ok && answer.problem.code === "not_found") return undefined;
  return JSON.parse(unwrap(answer).json ?? "null") ?? undefined;
}

/** The request by which the owner of an address proves that a program for Slack answers there. */
export function verificationRequest(secret: string, nowMs: number): SlackRequest & { challenge: string } {
  const challenge = randomToken(24);
  return {
    ...signedRequest({ type: "url_verification", token: "", challenge }, { secret, nowMs }),
    challenge,
  };
}

/** Whether a response repeats the challenge: as its text, or in JSON or a form. */
export const repeatsChallenge = (body: Uint8Array, challenge: string): boolean =>
  new TextDecoder().decode(body.subarray(0, 4_096)).includes(challenge);
