import type { Message } from "../../../src/client/index.ts";

export const channelId = "chn_1";
export const at = "2026-11-22T09:30:00.000Z";

/** A message of Ann, without anything special unless `more` says so. */
export const message = (seq: number, more: Partial<Message> = {}): Message => ({
  id: `msg_${seq}`,
  channelId,
  seq,
  rev: seq,
  authorId: "ann",
  content: `text ${seq}`,
  threadId: null,
  createdAt: at,
  updatedAt: at,
  deletedAt: null,
  version: 1,
  files: [],
  mentions: [],
  reactions: [],
  thread: null,
  pinned: false,
  ...more,
});
