import { expect, test } from "vitest";
import type { Actor } from "../../../src/domain/actor.ts";
import type { RoomState } from "../../../src/domain/room-state.ts";
import {
  decideArchiveChannel,
  decideCreateChannel,
  decideUpdateChannel,
  isAlreadyCreated,
  reservedNameKey,
} from "../../../src/features/channels/decide.ts";
import { decideJoin, decideLeave, decideUpdateMember } from "../../../src/features/members/decide.ts";
import type { Channel, ChannelRole } from "../../../src/protocol/index.ts";

const at = "2026-01-01T00:00:10.000Z";
const atMs = Date.parse(at);
const actor: Actor = { userId: "usr_1", sessionId: "ses_1", role: "member" };

/** The parts of the room state that decisions about a channel and its members read. */
type ReadState = Pick<
  RoomState,
  | "channel"
  | "nameClaim"
  | "nextSeq"
  | "at"
  | "nowMs"
  | "newId"
  | "member"
  | "memberIncludingSuspended"
  | "ownerCount"
  | "workspaceRole"
  | "mute"
>;

function room(name: string, role: ChannelRole = "owner", more: Partial<Channel> = {}): RoomState {
  const channel: Channel = {
    id: "chn_1",
    name,
    type: "public",
    topic: "",
    description: "",
    createdAt: at,
    archivedAt: null,
    createdBy: "usr_1",
    ...more,
  };
  const member = { userId: "usr_1", role, joinedAt: at };
  const asked: ReadState = {
    channel,
    nameClaim: reservedNameKey(channel) === undefined ? null : "old claim",
    nextSeq: 3,
    at,
    nowMs: atMs,
    newId: (prefix) => `${prefix}_2`,
    member: () => member,
    memberIncludingSuspended: () => member,
    ownerCount: () => 1,
    workspaceRole: () => "member",
    mute: () => undefined,
  };
  return asked as RoomState;
}

const archived = (role?: ChannelRole) => room("a", role, { archivedAt: at });
const inTime = { nameKey: "b", claim: "new claim", untilMs: atMs };

test("[NM1] a rename stores the new claim and releases the old one in one event", () => {
  const { events } = decideUpdateChannel(room("a"), actor, { name: "b" }, { claim: inTime });
  expect(events).toMatchObject([
    {
      type: "channelUpdate",
      data: { channel: { name: "b" } },
      projectionData: { claim: "new claim", releasedClaim: "old claim" },
    },
  ]);
});

test("[NM2] without a claim only the channel's current name is accepted", () => {
  expect(decideUpdateChannel(room("a"), actor, { name: "A" }).events).toHaveLength(1);
  expect(() => decideUpdateChannel(room("b"), actor, { name: "A" })).toThrow(
    "renamed, archived or made private in the meantime",
  );
});

test("[NM2] an expired claim is rejected, since another may have the name", () => {
  const late = { ...inTime, untilMs: atMs - 1 };
  expect(() => decideUpdateChannel(room("a"), actor, { name: "b" }, { claim: late })).toThrow(
    "not reserved in time",
  );
  const { archivedAt: _, createdAt: __, ...channel } = room("a").channel;
  const members = [{ role: "owner" as const, facts: factsOf("usr_1") }];
  expect(() => decideCreateChannel({ channel, nameClaim: late, members }, { at, nowMs: atMs })).toThrow(
    "not reserved in time",
  );
  const made = decideCreateChannel({ channel, nameClaim: inTime, members }, { at, nowMs: atMs });
  expect(made.events.map(({ type }) => type)).toEqual(["channelCreate", "memberJoin"]);
});

const factsOf = (userId: string) => ({
  userId,
  username: userId,
  role: "member" as const,
  active: true,
  rev: 1,
});

test("[NM1] a change without effect uses no claim", () => {
  expect(decideUpdateChannel(room("a"), actor, {}).events).toEqual([]);
  expect(decideUpdateChannel(room("a"), actor, { name: "a", topic: "" }).events).toEqual([]);
});

test("[NM3] a private channel needs no claim; hiding releases the one held", () => {
  const hidden = room("a", "owner", { type: "private" });
  const renamed = decideUpdateChannel(hidden, actor, { name: "b" });
  expect(renamed.events).toEqual([
    { type: "channelUpdate", data: { channel: { ...hidden.channel, name: "b" } } },
  ]);
  const hiding = decideUpdateChannel(room("a"), actor, { isPrivate: true, name: "b" });
  expect(hiding.events[0]!.projectionData).toEqual({ releasedClaim: "old claim" });
  const archivedHidden = room("a", "owner", { type: "private", archivedAt: at });
  expect(decideUpdateChannel(archivedHidden, actor, { archived: false }).events).toHaveLength(1);
  // Prepared while the channel was public: without the conflict the claim would never be released.
  expect(() => decideUpdateChannel(hidden, actor, { name: "b" }, { claim: inTime })).toThrow(
    "made private in the meantime",
  );
});

test("[CH1] archiving releases the name in its event; repeated, it does nothing", () => {
  const { events } = decideArchiveChannel(room("a"), actor);
  expect(events).toEqual([
    {
      type: "channelDelete",
      data: { channel: { ...room("a").channel, archivedAt: at } },
      projectionData: { releasedClaim: "old claim" },
    },
  ]);
  const again = decideArchiveChannel(archived(), actor);
  expect(again).toEqual({ events: [], result: { channel: archived().channel } });
});

test("[CH1] in an archived channel members can only leave or be removed", () => {
  const facts = factsOf("usr_2");
  for (const rejected of [
    () => decideUpdateChannel(archived(), actor, { topic: "x" }),
    () => decideUpdateChannel(archived(), actor, {}),
    () => decideUpdateMember(archived(), actor, { userId: "usr_1", role: "member" }),
    () =>
      decideJoin(
        { ...archived(), memberIncludingSuspended: () => undefined },
        actor,
        { userId: "usr_2" },
        { facts },
      ),
  ])
    expect(rejected).toThrow("archived");
  expect(decideLeave(archived("member"), actor, {}).events).toHaveLength(1);
});

test("[CH1] unarchiving stores a claim of the channel's old or new name", () => {
  const own = { ...inTime, nameKey: "a" };
  for (const [change, claim] of [
    [{ archived: false }, own],
    [{ archived: false, name: "B" }, inTime],
  ] as const) {
    const { events } = decideUpdateChannel(archived(), actor, change, { claim });
    expect(events).toMatchObject([
      {
        type: "channelUpdate",
        data: { channel: { archivedAt: null } },
        projectionData: { claim: "new claim" },
      },
    ]);
    expect(events[0]!.projectionData).not.toHaveProperty("releasedClaim");
  }
});

test("[CH1] [NM2] without a current claim of its name it stays archived", () => {
  const back = { archived: false } as const;
  expect(() => decideUpdateChannel(archived(), actor, back)).toThrow("in the meantime");
  expect(() => decideUpdateChannel(archived(), actor, back, { claim: inTime })).toThrow("in the meantime");
  const late = { ...inTime, nameKey: "a", untilMs: atMs - 1 };
  expect(() => decideUpdateChannel(archived(), actor, back, { claim: late })).toThrow("not reserved in time");
  // Renamed by another user who unarchived it first: the claim of its old name is useless now.
  const own = { ...inTime, nameKey: "a" };
  expect(() => decideUpdateChannel(room("c"), actor, { ...back, topic: "x" }, { claim: own })).toThrow(
    "in the meantime",
  );
});

test("[CH1] unarchiving needs its own permission; a no-op update does not say so", () => {
  const claim = { ...inTime, nameKey: "a" };
  for (const state of [archived("moderator"), room("a", "moderator"), archived("member")])
    expect(() => decideUpdateChannel(state, actor, { archived: false }, { claim })).toThrow(
      expect.objectContaining({ code: "forbidden" }),
    );
  expect(decideUpdateChannel(room("a"), actor, { archived: false }).events).toEqual([]);
});

test("[CH2] no user leaves a direct or group message, and nothing of it changes", () => {
  for (const type of ["direct", "group"] as const) {
    const direct = room("a", "member", { name: null, type });
    const forbidden = expect.objectContaining({ code: "forbidden" });
    for (const userId of [undefined, "usr_1"])
      expect(() => decideLeave(direct, actor, { userId })).toThrow("cannot be left");
    for (const rejected of [
      () => decideLeave(direct, actor, { userId: "usr_2" }),
      () => decideUpdateChannel(direct, actor, { topic: "x" }),
      () => decideUpdateChannel(direct, actor, { archived: false }),
      () => decideArchiveChannel(direct, actor),
      () => decideUpdateMember(direct, actor, { userId: "usr_1", role: "owner" }),
      () => decideJoin(direct, actor, { userId: "usr_3" }, { facts: factsOf("usr_3") }),
    ])
      expect(rejected).toThrow(forbidden);
  }
});

test("[CH2] an existing channel matches a request by its members or its claim", () => {
  const { archivedAt: _, createdAt: __, ...channel } = room("a").channel;
  const named = { channel, nameClaim: { ...inTime, claim: "old claim" }, members: [] };
  expect(isAlreadyCreated(room("a"), named)).toBe(true);
  expect(isAlreadyCreated(room("a"), { ...named, nameClaim: inTime })).toBe(false);
  expect(isAlreadyCreated(archived(), { ...named, nameClaim: null })).toBe(false);
  const hidden = { channel: { ...channel, type: "private" as const }, nameClaim: null, members: [] };
  expect(isAlreadyCreated(room("b", "owner", { type: "private" }), hidden)).toBe(true);
  expect(isAlreadyCreated(room("a", "owner", { type: "private", createdBy: "usr_2" }), hidden)).toBe(false);
  const memberIds = ["usr_1", "usr_2"];
  const direct = { channel: { ...channel, memberIds }, nameClaim: null, members: [] };
  expect(isAlreadyCreated(room("a", "member", { memberIds }), direct)).toBe(true);
  expect(isAlreadyCreated(room("a", "member", { memberIds: ["usr_1", "usr_3"] }), direct)).toBe(false);
  expect(isAlreadyCreated(room("a"), direct)).toBe(false);
});
