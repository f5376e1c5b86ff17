import { afterEach, expect, test, vi } from "vitest";
import {
  type AllChannels,
  type AllChannelsOptions,
  lastRead,
  type Realtime,
} from "../../../src/client/index.ts";
import { channelIdOf } from "./fake-gateway.ts";
import { first, next, nextOf, realtimeWorld, second, soon } from "./realtime-world.ts";

const { world, connect } = realtimeWorld();
const third = channelIdOf(3);
const closing: AllChannels[] = [];

afterEach(() => {
  for (const all of closing.splice(0)) all.close();
});

/** Puts the user into these channels, each read up to a seq. */
function joined(reads: Record<string, number>): void {
  world.server.unreads = Object.entries(reads).map(([channelId, lastReadSeq]) => ({
    channelId,
    lastReadSeq,
    ...world.server.log(channelId).place,
  }));
}

/** Records what a bot sees: `<channel> <content>` of each message. */
function bot(realtime: Realtime, options?: AllChannelsOptions) {
  const all = realtime.subscribeAll(options);
  closing.push(all);
  const names = new Map([
    [first, "1"],
    [second, "2"],
    [third, "3"],
  ]);
  const seen: string[] = [];
  all.on("messageCreate", ({ channelId, data }) =>
    seen.push(`${names.get(channelId)} ${data.message.content}`),
  );
  return { all, seen };
}

test("[CL12] a bot gets every new message of every channel of its user", async () => {
  const { server } = world;
  server.append(first, "before");
  joined({ [first]: 0, [second]: 0 });
  const { all, seen } = bot(connect());
  await all.live();
  server.append(first, "a");
  server.append(second, "b");
  await soon(() => expect(seen.toSorted()).toEqual(["1 a", "2 b"]));
  expect([...all.rooms.keys()]).toEqual([first, second]);
  expect(all.places).toEqual({
    [first]: { seq: 2, epoch: "epoch-one" },
    [second]: { seq: 1, epoch: "epoch-one" },
  });
});

test("[CL12] channels resume at their position, new ones at the moment of joining", async () => {
  const { server } = world;
  joined({ [first]: 0, [second]: 0 });
  const one = bot(connect());
  await one.all.live();
  server.append(first, "seen");
  await soon(() => expect(one.seen).toEqual(["1 seen"]));
  const places = JSON.parse(JSON.stringify(one.all.places));
  one.all.close();
  ["missed", "missed too"].forEach((content) => server.append(first, content));
  server.append(third, "before it was there");
  server.append(third, "the join itself");
  server.append(third, "welcome");
  joined({ [first]: 0, [second]: 0, [third]: 2 });
  const two = bot(connect(), { places });
  await two.all.live();
  await soon(() => expect(two.seen.toSorted()).toEqual(["1 missed", "1 missed too", "3 welcome"]));
});

test("[CL12] an added channel starts at the join; a left one stops", async () => {
  const { server } = world;
  joined({ [first]: 0 });
  const { all, seen } = bot(connect());
  await all.live();
  server.append(second, "the join itself");
  server.append(second, "welcome");
  server.appendOwn("memberJoin", { channelId: second, member: {} });
  await soon(() => expect(server.unreadsAskedAt).toHaveLength(2));
  joined({ [first]: 0, [second]: 1 });
  await soon(() => expect(seen).toEqual(["2 welcome"]));
  const left = vi.fn();
  all.on("left", left);
  server.appendOwn("memberLeave", { channelId: second, member: {} });
  await soon(() => expect(left).toHaveBeenCalledWith({ channelId: second }));
  server.remove(first);
  await soon(() => expect(left).toHaveBeenCalledWith({ channelId: first }));
  expect([all.rooms.size, all.places]).toEqual([0, {}]);
});

test("[CL12] `lastRead` starts after the read position; own-event gaps are repaired", async () => {
  const { server } = world;
  ["read", "unread"].forEach((content) => server.append(first, content));
  joined({ [first]: 1, [second]: 0 });
  expect(lastRead({ lastReadSeq: 1, epoch: "epoch-one" })).toEqual({ seq: 1, epoch: "epoch-one" });
  const realtime = connect();
  const { all, seen } = bot(realtime, { from: "lastRead" });
  await all.live();
  await soon(() => expect(seen).toEqual(["1 unread"]));
  joined({ [first]: 1, [third]: 0 });
  server.append(third, "new");
  server.ownEpoch = "own-two";
  const reset = nextOf(realtime, "reset");
  server.cut();
  await reset;
  await soon(() => expect([...all.rooms.keys()]).toEqual([first, third]));
  await soon(() => expect(seen).toEqual(["1 unread", "3 new"]));
});

test("[CL12] a failed list is fetched again, and close rejects pending commands", async () => {
  const { server } = world;
  joined({ [first]: 0 });
  const realtime = connect();
  await realtime.live();
  server.restDown = true;
  const { all } = bot(realtime);
  const error = await new Promise((resolve) => all.on("error", resolve));
  expect(error).toMatchObject({ code: "unavailable" });
  server.restDown = false;
  const room = await new Promise<NonNullable<ReturnType<Realtime["subscribe"]>>>((resolve) =>
    all.on("room", resolve),
  );
  const closed = next(room, "closed");
  const { all: other } = bot(realtime);
  await new Promise((resolve) => other.on("error", resolve));
  realtime.close();
  await closed;
  await expect(other.live()).rejects.toMatchObject({ code: "unavailable" });
});
