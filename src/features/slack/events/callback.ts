import { slackAppId, slackUserId } from "../ids.ts";
import type { SlackEvent } from "./translate.ts";

/** Where an event comes from. It makes the id of the event, which is the same each time that the event is sent. */
export interface EventOrigin {
  channelId: string;
  seq: number;
  /** The position among the events into which one event of ours is translated. */
  index: number;
}

/** Returns the outer event of Slack's Events API, over a socket as well as over HTTP. */
export function eventCallback(
  event: SlackEvent,
  { channelId, seq, index }: EventOrigin,
  { teamId, botUserId }: { teamId: string; botUserId: string },
) {
  const id = `${channelId.slice(4)}${seq.toString(36).toUpperCase()}X${index}`;
  return {
    // Slack's deprecated way to verify requests. They are verified by their signature.
    token: "",
    team_id: teamId,
    context_team_id: teamId,
    api_app_id: slackAppId(botUserId),
    type: "event_callback" as const,
    event,
    event_id: `Ev${id}`,
    event_time: Math.floor(Number(event.event_ts)),
    event_context: `EC${id}`,
    is_ext_shared_channel: false,
    authorizations: [
      {
        enterprise_id: null,
        team_id: teamId,
        user_id: slackUserId(botUserId),
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
  };
}
