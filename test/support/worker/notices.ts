import { env } from "cloudflare:workers";
import type { UserNotice } from "../../../src/domain/notice.ts";
import { newId } from "../../../src/lib/ids.ts";
import { getNotifications, type Notification } from "../../../src/protocol/index.ts";
import type { TestUser } from "./cast.ts";
import { expectOk } from "./endpoints.ts";
import { hubRows } from "./hubs.ts";

/** What a room would tell of its event `channelSeq`. */
export const createNotice = (channelSeq: number, more: Partial<UserNotice> = {}): UserNotice => ({
  kind: "mention",
  channelSeq,
  messageId: newId("msg"),
  threadId: null,
  actorId: newId("usr"),
  createdAt: new Date().toISOString(),
  ...more,
});

/** Notices of as many events as `count`, from `first` on. */
export const createNotices = (first: number, count: number, more: Partial<UserNotice> = {}): UserNotice[] =>
  Array.from({ length: count }, (_, at) => createNotice(first + at, more));

/** Tells a user's hub, as a room does. */
export const sendNotices = async (userId: string, channelId: string, ...notices: UserNotice[]): Promise<void> =>
  env.HUBS.getByName(userId).receiveNotices(channelId, notices);

/** The log of a user's own events. */
export async function hubLog(userId: string): Promise<{ seq: number; type: string; data: any }[]> {
  const rows = await hubRows(userId, "log");
  return rows.map(({ seq, type, data }) => ({
    seq: Number(seq),
    type: String(type),
    data: JSON.parse(String(data)),
  }));
}

/** All of a person's notifications, newest first, page by page. */
export async function listAllNotifications(as: TestUser, limit = 100): Promise<Notification[]> {
  const items: Notification[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await expectOk(getNotifications, { as, query: { limit, ...(cursor && { cursor }) } });
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

/** Which events of which channels those are, oldest first. */
export const eventKeysOf = (items: Notification[]): string[] =>
  items.map(({ channelId, channelSeq }) => `${channelId} ${channelSeq}`).toReversed();
