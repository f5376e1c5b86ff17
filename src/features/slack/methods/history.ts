import {
  getChannelMessages,
  getThreadMessages,
  type Message,
  type ThreadPage,
} from "../../../protocol/index.ts";
import { booleanField, cursorField, keyField, limitField } from "../api/fields.ts";
import { findMessageId, positionAt, requireChannelId } from "../find.ts";
import { defineMethod, nextCursor } from "../api/method.ts";
import { maxPage } from "../api/pages.ts";
import type { ParleyApi } from "../api/parley-api.ts";
import { slackReject } from "../api/slack-error.ts";
import { compareTs, parseTs, type SlackTimestamp, timestampOf } from "../timestamps.ts";
import { presentMessages } from "../view.ts";

/** The arguments that limit a list of messages to a time. */
const range = {
  latest: keyField.optional(),
  oldest: keyField.optional(),
  inclusive: booleanField.optional(),
  limit: limitField(100),
  cursor: cursorField.optional(),
};

interface Range {
  /** Positions in the log: after the first, before the second. */
  after: number;
  before: number;
}

const requireTs = (text: string): SlackTimestamp => parseTs(text) ?? slackReject("invalid_ts_latest");
const isNow = ({ seconds }: SlackTimestamp): boolean => seconds > Date.now() / 1_000;

/** Converts times to positions of the log. Each time that is given costs a search of the log. */
async function rangeOf(
  api: ParleyApi,
  channelId: string,
  { latest, oldest, inclusive = false }: { latest?: string; oldest?: string; inclusive?: boolean },
): Promise<Range> {
  const end = latest === undefined ? undefined : requireTs(latest);
  const start = oldest === undefined ? undefined : requireTs(oldest);
  const at = (time: SlackTimestamp, isIncluded: boolean) =>
    positionAt(api, channelId, isIncluded ? time : { seconds: time.seconds, fraction: time.fraction - 1 });
  return {
    before: end === undefined || isNow(end) ? Number.MAX_SAFE_INTEGER : (await at(end, inclusive)) + 1,
    after:
      start === undefined || compareTs(start, { seconds: 1, fraction: 0 }) < 0
        ? 0
        : await at(start, !inclusive),
  };
}

const historyCursor = /^([ba])(\d{1,15})$/;

/** Reads the messages of a range, newest first, or oldest first if `forward`; both in the order of the log. */
async function readRange(
  api: ParleyApi,
  channelId: string,
  { before, after }: Range,
  { limit, forward }: { limit: number; forward: boolean },
): Promise<{ messages: Message[]; hasMore: boolean }> {
  let messages: Message[] = [];
  let position = forward ? after : before;
  for (;;) {
    const size = Math.min(maxPage, limit - messages.length);
    const query = forward
      ? { after: position, limit: size }
      : { ...(position < Number.MAX_SAFE_INTEGER && { before: position }), limit: size };
    const page = await api.call(getChannelMessages, { params: { channelId }, query });
    const items = page.items.filter(({ seq }) => seq > after && seq < before);
    messages = forward ? [...messages, ...items] : [...items, ...messages];
    const edge = forward ? messages.at(-1) : messages[0];
    const hasMore = items.length === page.items.length && (forward ? page.hasMoreAfter : page.hasMoreBefore);
    if (!hasMore || !edge) return { messages, hasMore: false };
    if (messages.length >= limit) {
      const isEdge = forward ? edge.seq + 1 >= before : edge.seq - 1 <= after;
      return { messages, hasMore: !isEdge };
    }
    position = edge.seq;
  }
}

export const historyMethods = {
  "conversations.history": defineMethod(
    { channel: keyField, ...range },
    async ({ channel, limit, cursor, ...times }, context) => {
      const { api } = context;
      const channelId = requireChannelId(channel);
      const given = await rangeOf(api, channelId, times);
      // Slack returns the messages closest to `oldest` if that alone is given.
      const forward = times.oldest !== undefined && times.latest === undefined && given.after > 0;
      const [, direction, at] =
        cursor === undefined ? [] : (historyCursor.exec(cursor) ?? slackReject("invalid_cursor"));
      if (direction === "b") given.before = Math.min(given.before, Number(at));
      if (direction === "a") given.after = Math.max(given.after, Number(at));
      const { messages, hasMore } = await readRange(api, channelId, given, { limit, forward });
      const edge = forward ? messages.at(-1) : messages[0];
      return {
        messages: (await presentMessages(context, channelId, messages)).reverse(),
        has_more: hasMore,
        pin_count: 0,
        channel_actions_ts: null,
        channel_actions_count: 0,
        ...nextCursor(hasMore && edge ? `${forward ? "a" : "b"}${edge.seq}` : ""),
      };
    },
  ),

  "conversations.replies": defineMethod(
    { channel: keyField, ts: keyField, ...range },
    async ({ channel, ts, limit, cursor, latest, oldest, inclusive = false }, context) => {
      const { api } = context;
      const channelId = requireChannelId(channel);
      const messageId = await findMessageId(api, channelId, ts, "thread_not_found");
      const [start, end] = [oldest, latest].map((time) => (time === undefined ? undefined : requireTs(time)));
      const isInRange = ({ seq, createdAt }: Message): boolean => {
        const at = timestampOf(seq, Date.parse(createdAt));
        const allowed = inclusive ? 0 : 1;
        return (!start || compareTs(at, start) >= allowed) && (!end || compareTs(at, end) <= -allowed);
      };
      const replies: Message[] = [];
      let next: string | null | undefined = cursor;
      do {
        const size = Math.min(maxPage, Math.max(1, limit - replies.length));
        const page: ThreadPage = await api.call(getThreadMessages, {
          params: { channelId, messageId },
          query: { limit: size, cursor: next ?? undefined },
        });
        if (next === undefined) replies.push(page.root);
        replies.push(...page.items.filter((reply) => isInRange(reply)));
        next = page.nextCursor;
      } while (next !== null && replies.length < limit);
      return {
        messages: await presentMessages(context, channelId, replies),
        has_more: next !== null,
        ...nextCursor(next),
      };
    },
  ),
} as const;
