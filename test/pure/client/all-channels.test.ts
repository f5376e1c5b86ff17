import { afterEach, expect, test, vi } from "vitest";
import {
  type AllChannels,
  type AllChannelsOptions,
  lastRead,
  type Realtime,
} from "../../../src/client/index.ts";
import { channelIdOf } from "./fake-gateway.ts";
import {
  firstChannelId,
  nextRoomEvent,
  nextRealtimeEvent,
  useFakeGateway,
  secondChannelId,
  waitForExpectation,
} from "./realtime-fixture.ts";

const { fixture, connect } = useFakeGateway();
const third = channelIdOf(3);
const closing: AllChannels[] = [];

afterEach(() => {
  for (const all of closing.splice(0)) all.close();
});

/** Puts the user into these channels, each read up to a seq. */
function setJoinedChannels(reads: Record<string, number>): void {
  fixture.server.unreads = Object.entries(reads).map(([channelId, lastReadSeq]) => ({
    channelId,
    lastReadSeq,
    ...fixture.server.log(channelId).position,
  }));
}

/** Records what a bot sees: `<channel> <content>` of each message. */
function startBot(realtime: Realtime, options?: AllChannelsOptions) {
  const all = realtime.subscribeAll(options);
  closing.push(all);
  const names = new Map([
    [firstChannelId, "1"],
    [secondChannelId, "2"],
    [third, "3"],
  ]);
  const seen: string[] = [];
  all.on("messageCreate", ({ channelId, data }) =>
    seen.push(`${names.get(channelId)} ${data.message.content}`),
  );
  return { all, seen };
}

test("[CL12] a bot gets every new message of every channel of its user", async () => {
  const { server } = fixture;
  server.append(firstChannelId, "before");
  setJoinedChannels({ [firstChannelId]: 0, [secondChannelId]: 0 });
  const { all, seen } = startBot(connect());
  await all.live();
  server.append(firstChannelId, "a");
  server.append(secondChannelId, "b");
  await waitForExpectation(() => expect(seen.toSorted()).toEqual(["1 a", "2 b"]));
  expect([...all.rooms.keys()]).toEqual([firstChannelId, secondChannelId]);
  expect(all.places).toEqual({
    [firstChannelId]: { seq: 2, epoch: "epoch-one" },
    [secondChannelId]: { seq: 1, epoch: "epoch-one" },
  });
});

test("[CL12] channels resume at their position, new ones at the moment of joining", async () => {
  const { server } = fixture;
  setJoinedChannels({ [firstChannelId]: 0, [secondChannelId]: 0 });
  const one = startBot(connect());
  await one.all.live();
  server.append(firstChannelId, "seen");
  await waitForExpectation(() => expect(one.seen).toEqual(["1 seen"]));
  const places = JSON.parse(JSON.stringify(one.all.places));
  one.all.close();
  ["missed", "missed too"].forEach((content) => server.append(firstChannelId, content));
  server.append(third, "before it was there");
  server.append(third, "the join itself");
  server.append(third, "welcome");
  setJoinedChannels({ [firstChannelId]: 0, [secondChannelId]: 0, [third]: 2 });
  const two = startBot(connect(), { places });
  await two.all.live();
  await waitForExpectation(() =>
    expect(two.seen.toSorted()).toEqual(["1 missed", "1 missed too", "3 welcome"]),
  );
});

test("[CL12] an added channel starts at the join; a left one stops", async () => {
  const { server } = fixture;
  setJoinedChannels({ [firstChannelId]: 0 });
  const { all, seen } = startBot(connect());
  await all.live();
  server.append(secondChannelId, "the join itself");
  server.append(secondChannelId, "welcome");
  server.appendUserEvent("memberJoin", { channelId: secondChannelId, member: {} });
  // More than once on a slow machine: the list is fetched again until it has the channel.
  await waitForExpectation(() => expect(server.unreadsRequestedAt.length).toBeGreaterThan(1));
  setJoinedChannels({ [firstChannelId]: 0, [secondChannelId]: 1 });
  await waitForExpectation(() => expect(seen).toEqual(["2 welcome"]));
  const left = vi.fn();
  all.on("left", left);
  server.appendUserEvent("memberLeave", { channelId: secondChannelId, member: {} });
  await waitForExpectation(() => expect(left).toHaveBeenCalledWith({ channelId: secondChannelId }));
  server.remove(firstChannelId);
  await waitForExpectation(() => expect(left).toHaveBeenCalledWith({ channelId: firstChannelId }));
  expect([all.rooms.size, all.places]).toEqual([0, {}]);
});

test("[CL12] `lastRead` starts after the read position; own-event gaps are repaired", async () => {
  const { server } = fixture;
  ["read", "unread"].forEach((content) => server.append(firstChannelId, content));
  setJoinedChannels({ [firstChannelId]: 1, [secondChannelId]: 0 });
  expect(lastRead({ lastReadSeq: 1, epoch: "epoch-one" })).toEqual({ seq: 1, epoch: "epoch-one" });
  const realtime = connect();
  const { all, seen } = startBot(realtime, { from: "lastRead" });
  await all.live();
  await waitForExpectation(() => expect(seen).toEqual(["1 unread"]));
  setJoinedChannels({ [firstChannelId]: 1, [third]: 0 });
  server.append(third, "new");
  server.userEpoch = "own-two";
  const reset = nextRealtimeEvent(realtime, "reset");
  server.terminateSockets();
  await reset;
  await waitForExpectation(() => expect([...all.rooms.keys()]).toEqual([firstChannelId, third]));
  await waitForExpectation(() => expect(seen).toEqual(["1 unread", "3 new"]));
});

test("[CL12] a failed list is fetched again, and close rejects pending commands", async () => {
  const { server } = fixture;
  setJoinedChannels({ [firstChannelId]: 0 });
  const realtime = connect();
  await realtime.live();
  server.isRestDown = true;
  const { all } = startBot(realtime);
  const error = await new Promise((resolve) => all.on("error", resolve));
  expect(error).toMatchObject({ code: "unavailable" });
  server.isRestDown = false;
  const room = await new Promise<NonNullable<ReturnType<Realtime["subscribe"]>>>((resolve) =>
    all.on("room", resolve),
  );
  const closed = nextRoomEvent(room, "closed");
  const { all: other } = startBot(realtime);
  await new Promise((resolve) => other.on("error", resolve));
  realtime.close();
  await closed;
  await expect(other.live()).rejects.toMatchObject({ code: "unavailable" });
});
