import fc from "fast-check";
import { newId } from "../../../../src/lib/ids.ts";
import { commandTypes, controlTypes } from "../../../../src/protocol/index.ts";
import { hostileStrings, hostileValues } from "./hostile-values.ts";

export interface FrameTargets {
  /** Channels that the sender is mostly a member of. */
  channelIds: string[];
  /** Channels that are hidden from the sender. */
  otherIds: string[];
  messageIds: string[];
  userIds: string[];
}

/** A frame as a hostile client might send it. `id` and `type` are set if the frame has valid ones. */
export interface HostileFrame {
  text: string | Uint8Array<ArrayBuffer>;
  id?: string;
  type?: string;
  channelId?: string;
}

/** Generates frames, always the same for one seed. Each valid object has a unique id. */
export function hostileFrames(count: number, seed: number, world: FrameTargets): HostileFrame[] {
  const { channelIds, otherIds, messageIds, userIds } = world;
  const hostile = fc.oneof(
    fc.constantFrom(...Object.values(hostileStrings)),
    fc.constantFrom(...Object.values(hostileValues)),
    fc.jsonValue({ maxDepth: 3 }),
  );
  const right = {
    content: fc.string({ minLength: 1, maxLength: 30 }),
    nonce: fc.constantFrom("a", "b", "c", "d"),
    messageId: fc.constantFrom(...messageIds, newId("msg")),
    threadId: fc.constantFrom(...messageIds),
    userId: fc.constantFrom(...userIds, newId("usr")),
    role: fc.constantFrom("member", "moderator", "owner"),
    until: fc.constantFrom(null, "2999-01-01T00:00:00.000Z", "2001-01-01T00:00:00Z"),
    emoji: fc.constantFrom("👍", "❤", "x"),
    seq: fc.nat(30),
    since: fc.oneof(fc.nat(60), fc.constant(2 ** 53 - 1)),
    epoch: fc.constantFrom("abcdefgh", "x"),
    topic: fc.string({ maxLength: 20 }),
    level: fc.constantFrom("all", "mentions", "none"),
    following: fc.boolean(),
    presence: fc.constantFrom("auto", "away", "dnd", "invisible"),
    idle: fc.boolean(),
    bytes: fc.nat(10_000),
  };
  const fields: Record<string, (keyof typeof right)[]> = {
    channelUpdate: ["topic"],
    channelDelete: [],
    memberJoin: [],
    memberLeave: [],
    memberUpdate: ["userId", "role"],
    memberMute: ["userId", "until"],
    memberUnmute: ["userId"],
    messageCreate: ["content", "nonce"],
    messageUpdate: ["messageId", "content"],
    threadCreate: ["messageId", "content"],
    threadUpdate: ["messageId", "content"],
    threadFollow: ["messageId", "following"],
    threadRead: ["messageId", "seq"],
    reactionAdd: ["messageId", "emoji"],
    reactionRemove: ["messageId", "emoji"],
    read: ["seq"],
    notificationLevel: ["level"],
    subscribe: ["since"],
    unsubscribe: [],
    typing: [],
    ping: [],
    seen: ["bytes"],
    statusUpdate: ["presence", "idle"],
  };
  const dataOf = (type: string): fc.Arbitrary<unknown> => {
    const names = fields[type] ?? ["messageId"];
    const fine = fc.record(Object.fromEntries(names.map((name) => [name, right[name]])));
    const spoilt = fc
      .tuple(fine, fc.constantFrom(...(Object.keys(right) as string[]), "__proto__", "x"), hostile)
      .map(([data, name, value]) => ({ ...data, [name]: value }));
    return fc.oneof(
      { weight: 8, arbitrary: fine },
      { weight: 1, arbitrary: spoilt },
      { weight: 1, arbitrary: hostile },
    );
  };
  // Leaves are followed by joins, and archiving is left out, since it would end most of what follows.
  const types = [
    ...commandTypes.filter((type) => type !== "channelDelete"),
    ...controlTypes,
    ...Array.from({ length: 6 }, () => [
      "subscribe",
      "unsubscribe",
      "messageCreate",
      "memberJoin",
      "typing",
    ]).flat(),
  ];
  const channelId = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...channelIds) },
    { weight: 2, arbitrary: fc.constantFrom(...otherIds) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
  let made = 0;
  const frame = fc.constantFrom(...types).chain((type) =>
    fc.record({ channelId, data: dataOf(type) }).map(({ channelId: about, data }): HostileFrame => {
      const id = `f${++made}`;
      const text = JSON.stringify({ id, type, channelId: about, data });
      return { text, id, type, ...(about && { channelId: about }) };
    }),
  );
  const noFrame: fc.Arbitrary<HostileFrame> = fc.oneof(
    fc.json().map((text) => ({ text })),
    fc.string({ maxLength: 40 }).map((text) => ({ text })),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => ({ text: bytes as Uint8Array<ArrayBuffer> })),
    fc
      .record({ type: hostile, channelId: hostile, data: hostile })
      .map((value) => ({ text: JSON.stringify(value) })),
  );
  return fc.sample(fc.oneof({ weight: 12, arbitrary: frame }, { weight: 1, arbitrary: noFrame }), {
    numRuns: count,
    seed,
  });
}
