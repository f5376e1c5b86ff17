import { newId } from "../../../src/lib/ids.ts";
import type { CommandType, ErrorCode } from "../../../src/protocol/index.ts";
import { createChannelFor, type TestUser, createUsers } from "./cast.ts";
import type { CommandData } from "./doors.ts";

/** A channel with something of everything in it. */
export interface ChannelScenario {
  /** Owns it. */
  ann: TestUser;
  /** Members. */
  bob: TestUser;
  cid: TestUser;
  /** In no channel. */
  guest: TestUser;
  channelId: string;
  /** Bob's, with a reply of his; pinned, and Ann reacted with 👍. */
  root: string;
  reply: string;
  /** Ann's. */
  other: string;
  /** Bob's, deleted. */
  gone: string;
  /** Somebody else's channel bears it. */
  takenName: string;
}

export async function createChannelScenario({ isPrivate = false } = {}): Promise<ChannelScenario> {
  const [ann, bob, cid, guest] = (await createUsers("ann", "bob", "cid", "guest")) as [
    TestUser,
    TestUser,
    TestUser,
    TestUser,
  ];
  const channelId = await createChannelFor(ann, [bob, cid], { isPrivate });
  const at = `/v1/channels/${channelId}`;
  const say = async (who: TestUser, path: string, content: string): Promise<string> =>
    (
      await who.call("POST", `${at}${path}`, {
        content,
        ...(content.startsWith("root") && { nonce: "used" }),
      })
    ).body.id;
  const root = await say(bob, "/messages", `root @${ann.username}`);
  const reply = await say(bob, `/messages/${root}/thread`, "reply");
  const other = await say(ann, "/messages", "other");
  const gone = await say(bob, "/messages", "gone");
  await bob.call("DELETE", `${at}/messages/${gone}`);
  await ann.call("PUT", `${at}/messages/${root}/pin`);
  await ann.call("PUT", `${at}/messages/${root}/reactions/${encodeURIComponent("👍")}`);
  const { body: taken } = await guest.call("POST", "/v1/channels", { name: `taken ${channelId}` });
  return { ann, bob, cid, guest, channelId, root, reply, other, gone, takenName: taken.name };
}

type Who = "ann" | "bob" | "cid" | "guest";
type Refusal = [who: Who, data: CommandData, code: ErrorCode, only?: "socket"];

/** What is tried of a command, through each of the doors. */
export interface CommandCase {
  by: Who;
  /** Succeeds, and changes something but for what is private. */
  data: (stage: ChannelScenario) => CommandData;
  /** In an archived channel. */
  archived: "conflict" | "done";
  rejected: (stage: ChannelScenario) => Refusal[];
  /** By one who may read the channel but is not in it. */
  byNonMember?: (stage: ChannelScenario) => CommandData;
}

const nobody = newId("usr");
const noMessage = newId("msg");
const onRoot = ({ root: messageId }: ChannelScenario): CommandData => ({ messageId });
const unknown: Refusal = ["bob", { messageId: noMessage }, "not_found"];

/** One that is missing here does not compile. */
export const commandCases: Record<CommandType, CommandCase> = {
  channelUpdate: {
    by: "ann",
    data: () => ({ topic: "a topic", description: " as it is " }),
    archived: "conflict",
    rejected: ({ takenName }) => [
      ["bob", { topic: "x" }, "forbidden"],
      ["bob", { archived: false }, "forbidden"],
      ["ann", { name: takenName }, "conflict"],
      ["ann", { name: takenName.toUpperCase() }, "conflict"],
    ],
  },
  channelDelete: {
    by: "ann",
    data: () => ({}),
    archived: "done",
    rejected: () => [["bob", {}, "forbidden"]],
  },
  memberJoin: {
    by: "guest",
    data: () => ({}),
    archived: "conflict",
    byNonMember: () => ({ userId: nobody }),
    rejected: ({ guest }) => [
      ["ann", { userId: nobody }, "not_found"],
      ["bob", { userId: guest.userId, role: "moderator" }, "forbidden"],
    ],
  },
  memberLeave: {
    by: "ann",
    data: ({ cid }) => ({ userId: cid.userId }),
    archived: "done",
    rejected: ({ ann, cid }) => [
      ["bob", { userId: cid.userId }, "forbidden"],
      ["ann", {}, "conflict"],
      ["ann", { userId: ann.userId }, "conflict"],
    ],
  },
  memberUpdate: {
    by: "ann",
    data: ({ bob }) => ({ userId: bob.userId, role: "moderator" }),
    archived: "conflict",
    rejected: ({ ann, bob }) => [
      ["bob", { userId: bob.userId, role: "owner" }, "forbidden"],
      ["ann", { userId: nobody, role: "owner" }, "not_found"],
      ["ann", { userId: ann.userId, role: "member" }, "conflict"],
    ],
  },
  messageCreate: {
    by: "bob",
    data: ({ ann, guest }) => ({ content: `hi @${ann.username} @${guest.username} @channel`, nonce: "new" }),
    archived: "conflict",
    rejected: () => [["bob", { content: "not gone", nonce: "used" }, "nonce_reused"]],
  },
  messageUpdate: {
    by: "bob",
    data: ({ root, cid }) => ({
      messageId: root,
      content: `new @${cid.username} @nobody`,
    }),
    archived: "conflict",
    rejected: ({ root, gone, other }) => [
      ["ann", { messageId: root, content: "x" }, "forbidden"],
      ["bob", { messageId: other, content: "x" }, "forbidden"],
      ["bob", { messageId: root, content: "x", expectedVersion: 7 }, "conflict"],
      ["bob", { messageId: gone, content: "x" }, "conflict"],
      ["bob", { messageId: noMessage, content: "x" }, "not_found"],
    ],
  },
  messageDelete: {
    by: "ann",
    data: onRoot,
    archived: "conflict",
    rejected: ({ root, other }) => [
      ["cid", { messageId: root }, "forbidden"],
      ["bob", { messageId: other }, "forbidden"],
      unknown,
    ],
  },
  messagePin: {
    by: "cid",
    data: ({ reply }) => ({ messageId: reply }),
    archived: "conflict",
    rejected: ({ gone }) => [["bob", { messageId: gone }, "conflict"], unknown],
  },
  messageUnpin: { by: "cid", data: onRoot, archived: "conflict", rejected: () => [unknown] },
  reactionAdd: {
    by: "bob",
    data: ({ root }) => ({ messageId: root, emoji: "❤" }),
    archived: "conflict",
    rejected: ({ root, gone }) => [
      ["bob", { messageId: gone, emoji: "👍" }, "conflict"],
      ["bob", { messageId: noMessage, emoji: "👍" }, "not_found"],
      ...["x", "👍👍", "👍 ", "👍\u200d"].map((emoji): Refusal => [
        "bob",
        { messageId: root, emoji },
        "validation_failed",
      ]),
    ],
  },
  reactionRemove: {
    by: "ann",
    data: ({ root }) => ({ messageId: root, emoji: "👍" }),
    archived: "conflict",
    rejected: ({ root }) => [
      ["bob", { messageId: noMessage, emoji: "👍" }, "not_found"],
      ["bob", { messageId: root, emoji: "thumbsup" }, "validation_failed"],
    ],
  },
  threadCreate: {
    by: "cid",
    data: ({ reply, bob }) => ({
      messageId: reply,
      content: `mine @${bob.username} @nobody`,
      nonce: "new",
      alsoInChannel: true,
    }),
    archived: "conflict",
    rejected: ({ root, gone }) => [
      ["bob", { messageId: gone, content: "x" }, "conflict"],
      ["bob", { messageId: noMessage, content: "x" }, "not_found"],
      ["bob", { messageId: root, content: "gone", nonce: "used" }, "nonce_reused"],
    ],
  },
  threadUpdate: {
    by: "bob",
    data: ({ reply }) => ({ messageId: reply, content: "another reply" }),
    archived: "conflict",
    rejected: ({ reply, root }) => [
      ["ann", { messageId: reply, content: "x" }, "forbidden"],
      ["bob", { messageId: reply, content: "x", expectedVersion: 2 }, "conflict"],
      ["bob", { messageId: root, content: "x" }, "not_found", "socket"],
      ["bob", { messageId: noMessage, content: "x" }, "not_found"],
    ],
  },
  threadDelete: {
    by: "bob",
    data: ({ reply }) => ({ messageId: reply }),
    archived: "conflict",
    rejected: ({ reply, root }) => [
      ["cid", { messageId: reply }, "forbidden"],
      ["bob", { messageId: root }, "not_found", "socket"],
      unknown,
    ],
  },
  threadFollow: {
    by: "cid",
    data: ({ reply }) => ({ messageId: reply, following: true }),
    archived: "done",
    rejected: () => [unknown],
  },
  threadRead: {
    by: "bob",
    data: ({ root }) => ({ messageId: root, seq: 1, markUnread: true }),
    archived: "done",
    rejected: ({ root }) => [
      ["cid", { messageId: root, seq: 1 }, "conflict"],
      ["bob", { messageId: noMessage, seq: 1 }, "not_found"],
      ["bob", { messageId: root, seq: 999 }, "validation_failed"],
    ],
  },
  read: {
    by: "cid",
    data: () => ({ seq: 1, markUnread: true }),
    archived: "done",
    rejected: () => [["cid", { seq: 999 }, "validation_failed"]],
  },
  notificationLevel: {
    by: "cid",
    data: () => ({ level: "all" }),
    archived: "done",
    rejected: () => [],
  },
};

/** Commands that concern their sender alone: no event tells of them. */
export const privateCommandTypes: ReadonlySet<CommandType> = new Set([
  "threadFollow",
  "threadRead",
  "read",
  "notificationLevel",
]);
