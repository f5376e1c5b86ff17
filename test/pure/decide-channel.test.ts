import { expect, test } from "vitest";
import type { Actor } from "../../src/core/actor.ts";
import type { RoomState } from "../../src/core/room-state.ts";
import { decideCreateChannel, decideUpdateChannel } from "../../src/features/channels/decide.ts";
import type { Channel, ChannelRole } from "../../src/protocol/index.ts";

const at = "2026-01-01T00:00:10.000Z";
const atMs = Date.parse(at);
const actor: Actor = { userId: "usr_1", sessionId: "ses_1", role: "member" };

function room(name: string, role: ChannelRole = "owner"): RoomState {
  const channel: Channel = {
    id: "chn_1",
    name,
    type: "public",
    topic: "",
    description: "",
    createdAt: at,
    archivedAt: null,
    createdBy: "usr_1",
  };
  const member = { userId: "usr_1", role, joinedAt: at };
  return {
    channel,
    nameClaim: "old claim",
    nextSeq: 3,
    at,
    nowMs: atMs,
    newId: (prefix) => `${prefix}_2`,
    member: () => member,
    seat: () => member,
    ownerCount: () => 1,
    message: () => undefined,
  };
}

const inTime = { claim: "new claim", untilMs: atMs };

test("[NM1] a rename takes the new claim and lets the old one go, in one event", () => {
  const { events } = decideUpdateChannel(room("a"), actor, { name: "b" }, { claim: inTime });
  expect(events).toMatchObject([
    {
      type: "channelUpdate",
      data: { channel: { name: "b" } },
      forSinks: { claim: "new claim", releasedClaim: "old claim" },
    },
  ]);
});

test("[NM2] a name for which nothing was claimed is taken only while it is the channel's own: renamed meanwhile, it is refused", () => {
  expect(decideUpdateChannel(room("a"), actor, { name: "A" }).events).toHaveLength(1);
  expect(() => decideUpdateChannel(room("b"), actor, { name: "A" })).toThrow("renamed meanwhile");
});

test("[NM2] a claim that comes late is not taken: by then it may have been given to another", () => {
  const late = { claim: "new claim", untilMs: atMs - 1 };
  expect(() => decideUpdateChannel(room("a"), actor, { name: "b" }, { claim: late })).toThrow(
    "not reserved in time",
  );
  const { archivedAt: _, createdAt: __, ...channel } = room("a").channel;
  const owner = { userId: "usr_1", username: "ann", role: "member" as const, active: true, rev: 1 };
  expect(() => decideCreateChannel({ channel, nameClaim: late, owner }, { at, nowMs: atMs })).toThrow(
    "not reserved in time",
  );
  expect(
    decideCreateChannel({ channel, nameClaim: inTime, owner }, { at, nowMs: atMs }).events.map(
      ({ type }) => type,
    ),
  ).toEqual(["channelCreate", "memberJoin"]);
});

test("[NM1] what changes nothing takes no claim", () => {
  expect(decideUpdateChannel(room("a"), actor, {}).events).toEqual([]);
  expect(decideUpdateChannel(room("a"), actor, { name: "a", topic: "" }).events).toEqual([]);
});
