import { describe, expect, test } from "vitest";
import type { Notification, NotificationKind } from "../../../src/client/index.ts";
import { groupNotifications, notificationText } from "../../../web/src/views/activity/notification-groups.ts";

const notification = (seq: number, channelId: string | null, kind: NotificationKind): Notification => ({
  seq,
  kind,
  channelId,
  channelSeq: seq,
  messageId: null,
  threadId: null,
  actorId: "usr_1",
  createdAt: "2026-11-25T10:00:00.000Z",
  read: false,
});

describe("notifications by channel", () => {
  test("a group holds those of one channel, in the order of their newest", () => {
    const groups = groupNotifications([
      notification(5, "chn_b", "mention"),
      notification(4, "chn_a", "direct"),
      notification(3, "chn_b", "thread"),
      notification(2, null, "reminder"),
    ]);
    expect(groups.map(({ channelId, items }) => [channelId, items.map(({ seq }) => seq)])).toEqual([
      ["chn_b", [5, 3]],
      ["chn_a", [4]],
      [null, [2]],
    ]);
  });

  test("there is no group without notifications", () => {
    expect(groupNotifications([])).toEqual([]);
  });

  test("a kind of a newer server has a text too", () => {
    expect(notificationText({ kind: "mention" })).toBe("mentioned you");
    expect(notificationText({ kind: "poll" as NotificationKind })).toBe("wrote");
  });
});
