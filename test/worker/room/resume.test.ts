import { expect, test } from "vitest";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { requestUpgrade } from "../../support/worker/clients/socket-client.ts";
import { createUser, createUsers } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame, sequenceFrom } from "../../support/worker/fixtures/frames.ts";
import { evictRoom, inRoom, sendTogether } from "../../support/worker/objects/room-object.ts";

const types = (socket: { seen: { type: string }[] }) => socket.seen.map(({ type }) => type);

test("[RM5] resuming sends missed events, then `subscribed`, then live events", async () => {
  const [ann, bob] = await createUsers("ann", "bob");
  const channel = await createChannelFor(ann!, [bob!]);
  const first = await bob!.connect(channel);
  await ann!.call("POST", `/v1/channels/${channel}/messages`, { content: "seen" });
  await first.waitForSeq(4);
  first.close();
  for (const content of ["missed 1", "missed 2"])
    await ann!.call("POST", `/v1/channels/${channel}/messages`, { content });
  const epoch = (first.seen[0] as any).data.epoch;
  const again = await bob!.connect(channel, `?since=4&epoch=${epoch}`);
  await ann!.call("POST", `/v1/channels/${channel}/messages`, { content: "live" });
  await again.waitForSeq(7);
  expect(types(again)).toEqual(["hello", "messageCreate", "messageCreate", "subscribed", "messageCreate"]);
  expect(again.events.map(({ seq }) => seq)).toEqual([5, 6, 7]);
  expect(again.seen[0]).toMatchObject({ data: { seq: 6, epoch } });
  expect(again.seen[3]).toMatchObject({ data: { seq: 6, epoch } });
});

test("[RM5] `since` at the head replays nothing, 0 replays all, absent replays nothing", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  await ann.call("POST", `/v1/channels/${channel}/messages`, { content: "a" });
  expect((await ann.connect(channel, "?since=3")).events).toEqual([]);
  expect((await ann.connect(channel, "")).events).toEqual([]);
  expect((await ann.connect(channel, "?since=0")).events).toEqual(await listEvents(channel, ann));
  expect((await ann.connect(channel, "?since=2")).events.map(({ seq }) => seq)).toEqual([3]);
});

test("[RM5] [RM2] [RM9] random disconnects during writes: no hole, no duplicate", async () => {
  const seed = Date.now() % 1_000_000;
  console.log(`seed ${seed}`);
  let random = seed;
  const next = (below: number) => {
    random = (random * 16_807 + 1) % 2_147_483_647;
    return Math.floor((random / 2_147_483_647) * below);
  };
  // One at a time: workerd hangs on two concurrent evictions.
  let evicting = Promise.resolve();
  const evictNow = () => (evicting = evicting.then(() => evictRoom(channel)));
  const cast = await createUsers("ann", "bob", "cat");
  const channel = await createChannelFor(cast[0]!, cast.slice(1));
  const writers = await Promise.all(cast.slice(0, 2).map((one) => one.connect(channel)));
  const views: number[][] = [[], [], []];
  let writing = true;
  const write = Promise.all(
    writers.map(async (socket, index) => {
      for (let n = 0; n < 60; n++) {
        expect((await socket.sendCommand("messageCreate", { content: `${index} ${n}` })).type).toBe("ack");
        if (next(8) === 0) await evictNow();
      }
    }),
  ).finally(() => void (writing = false));
  const read = Promise.all(
    views.map(async (view, index) => {
      view.push(4);
      while (writing) {
        const socket = await cast[index]!.connect(channel, `?since=${view.at(-1)}`);
        for (let tick = next(30); tick > 0; tick--) await scheduler.wait(0);
        socket.close();
        await socket.closed;
        view.push(...socket.events.map(({ seq }) => seq));
      }
      const socket = await cast[index]!.connect(channel, `?since=${view.at(-1)}`);
      view.push(...socket.events.map(({ seq }) => seq));
    }),
  );
  await Promise.all([write, read]);
  for (const view of views) expect(view).toEqual(sequenceFrom(4, 121));
});

test("[RM6] 1,000 missed events are replayed; more are a `gap` that …/events repairs", async () => {
  const [ann, bob] = await createUsers("ann", "bob");
  const channel = await createChannelFor(ann!, [bob!]);
  await ann!.connect(channel);
  await sendTogether(
    channel,
    Array.from({ length: 1_001 }, (_, n) => [ann!, messageFrame(`m ${n}`)] as const),
  );
  const writer = await ann!.connect(channel);
  await writer.sendCommand("messageCreate", { content: "last" });
  const head = 1_005;
  const all = await bob!.connect(channel, `?since=${head - 1_000}`);
  expect(all.events.map(({ seq }) => seq)).toEqual(sequenceFrom(6, 1_000));
  expect(types(all).at(-1)).toBe("subscribed");
  const cut = await bob!.connect(channel, `?since=${head - 1_001}`);
  expect(types(cut)).toEqual(["hello", "gap", "subscribed"]);
  expect(cut.seen[1]).toMatchObject({ type: "gap", channelId: channel, data: { from: 5, to: head } });
  const repaired = await listEvents(channel, bob!, 4);
  await writer.sendCommand("messageCreate", { content: "live" });
  await cut.waitForSeq(head + 1);
  expect([...repaired, ...cut.events].map(({ seq }) => seq)).toEqual(sequenceFrom(5, head + 1 - 4));
});

test("[LG8] another epoch or a position past the head is a `reset`, then live events", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const fresh = await ann.connect(channel);
  const { seq, epoch } = (fresh.seen[0] as any).data;
  for (const query of [
    "?since=1&epoch=another-epoch",
    "?since=0&epoch=another-epoch",
    `?since=${seq + 1}&epoch=${epoch}`,
    `?since=${seq + 1}`,
    "?since=999999999999999",
  ]) {
    const socket = await ann.connect(channel, query);
    expect(types(socket), query).toEqual(["hello", "reset", "subscribed"]);
    expect(socket.seen[1]).toMatchObject({ channelId: channel, data: { epoch, seq } });
    socket.close();
  }
  expect(types(await ann.connect(channel, `?since=${seq}&epoch=${epoch}`))).toEqual(["hello", "subscribed"]);
  await evictRoom(channel);
  expect(
    (await ann.call("GET", `/v1/channels/${channel}/events`)).body.epoch,
    "the epoch outlives the memory",
  ).toBe(epoch);
  const other = await createChannelFor(ann);
  expect(
    (await ann.call("GET", `/v1/channels/${other}/events`)).body.epoch,
    "and is each log's own",
  ).not.toBe(epoch);
});

test("[LG8] [RM13] an invalid `since` or `epoch` is rejected before the upgrade", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  for (const query of [
    "since=-1",
    "since=1.5",
    "since=abc",
    "since=",
    "since=1e3",
    "since=9999999999999999",
    "since=%00",
    "since=1&epoch=",
    "since=1&epoch=sp%20ace",
    `since=1&epoch=${"x".repeat(33)}`,
  ]) {
    const response = await requestUpgrade(`/v1/channels/${channel}/realtime?${query}`, ann.token);
    expect([response.status, ((await response.json()) as any).code], query).toEqual([
      400,
      "validation_failed",
    ]);
  }
});

test("[LG8] clients with a position in a replaced log receive a `reset`", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const before = (await ann.connect(channel)).seen[0] as any;
  await inRoom(
    channel,
    (_, { storage }) => void storage.sql.exec("UPDATE log_life SET epoch = 'a-new-life'"),
  );
  await evictRoom(channel);
  const socket = await ann.connect(channel, `?since=${before.data.seq}&epoch=${before.data.epoch}`);
  expect(socket.seen[1]).toMatchObject({ type: "reset", data: { epoch: "a-new-life" } });
});
