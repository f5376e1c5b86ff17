import { expect, test } from "vitest";
import type { EventEnvelope } from "../../../src/protocol/index.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { messageFrame, sequenceFrom } from "../../support/worker/fixtures/frames.ts";
import { inRoom, roomLog, sendTogether } from "../../support/worker/objects/room-object.ts";

const points = ["room:before-commit", "room:after-commit", "room:after-ack"] as const;
const rounds = 20;

/** A client that resumes where it was disconnected; keeps all events that it received, in order. */
class Reader {
  readonly events: EventEnvelope[] = [];
  socket!: TestSocket;
  readonly #person: TestUser;
  readonly #channel: string;

  constructor(who: TestUser, channel: string) {
    this.#person = who;
    this.#channel = channel;
  }

  async connect(): Promise<void> {
    this.socket = await this.#person.connect(this.#channel, `?since=${this.events.at(-1)?.seq ?? 0}`);
  }

  async cut(): Promise<void> {
    expect((await this.socket.closed).code).toBe(1006);
    this.events.push(...this.socket.events);
  }
}

const contentsOf = (events: readonly { type: string; data: any }[]): string[] =>
  events.filter(({ type }) => type === "messageCreate").map(({ data }) => data.message.content);
const acksOf = (socket: TestSocket): any[] => socket.seen.filter(({ type }) => type === "ack");

for (const point of points) {
  test(`[LG5] [LG4] [LG1] ${rounds} crashes at ${point}: acknowledged commands are kept`, async () => {
    const [ann, bob] = await createUsers("ann", "bob");
    const channel = await createChannelFor(ann!, [bob!]);
    const [sender, reader] = [new Reader(ann!, channel), new Reader(bob!, channel)];
    for (let round = 0; round < rounds; round++) {
      await Promise.all([sender.connect(), reader.connect()]);
      // Every second time the crash hits a batch of several commands, possibly after a batch that was committed.
      const sent = (round % 2 === 1 ? ["a", "b", "c", "d"] : ["a"]).map((part) => `${round}${part}`);
      let delivered = sent.length === 1;
      let lived = 0;
      const spare = () => {
        if (!delivered) lived++;
        return !delivered;
      };
      const acked = () => sender.socket.waitFor((item) => item.type === "ack" && item.id === sent.at(-1));
      const durable = () => inRoom(channel, (_, { storage }) => storage.sync());
      const died = crashAt(point, { spare, meanwhile: point === "room:after-ack" ? acked : durable });
      const frames = sent.map((name) => [ann!, messageFrame(name, name, name)] as const);
      // If the room is idle, a single frame crashes within this call.
      await sendTogether(channel, frames).catch(() => undefined);
      delivered = true;
      await died;
      await Promise.all([sender.cut(), reader.cut()]);
      const early = acksOf(sender.socket);
      const doomed = sent.slice(lived);
      const log = contentsOf(
        (await roomLog(channel)).map(({ type, data }) => ({ type, data: JSON.parse(data) })),
      );
      expect(log.filter((content) => doomed.includes(content))).toEqual(
        point === "room:before-commit" ? [] : doomed,
      );
      expect(
        contentsOf(reader.events).filter((content) => doomed.includes(content)),
        "the room's frame did not leave",
      ).toEqual([]);
      expect(early.map(({ id }) => id)).toEqual(
        point === "room:after-ack" ? sent : sent.filter((name) => !doomed.includes(name)),
      );
      await sender.connect();
      for (const name of sent) sender.socket.send(messageFrame(name, name, name));
      await acked();
      const late = acksOf(sender.socket);
      expect(late.map(({ id, data }) => [id, data.deduplicated])).toEqual(
        sent.map((name) => [
          name,
          point !== "room:before-commit" || !doomed.includes(name) ? true : undefined,
        ]),
      );
      for (const { id, data } of early)
        expect(late.find((ack) => ack.id === id).data.message).toEqual(data.message);
      sender.events.push(...sender.socket.events);
      sender.socket.close();
    }
    const events = await listEvents(channel, ann!);
    expect(events.map(({ seq }) => seq)).toEqual(sequenceFrom(1, events.length));
    const contents = contentsOf(events);
    expect(contents.toSorted()).toEqual([...new Set(contents)].toSorted());
    expect(contents).toHaveLength(rounds + (rounds / 2) * 3);
    await reader.connect();
    expect([...reader.events, ...reader.socket.events]).toEqual(events);
    const { body } = await bob!.call("GET", `/v1/channels/${channel}/messages?limit=100`);
    expect(body.items).toEqual(events.flatMap(({ data }) => ("message" in data ? [data.message] : [])));
  });

  test(`[LG5] [NC4] ${rounds} crashes at ${point}: REST retries make one message`, async () => {
    const ann = await createUser("ann");
    const channel = await createChannelFor(ann);
    const path = `/v1/channels/${channel}/messages`;
    for (let round = 0; round < rounds; round++) {
      const body = { content: `${round}`, nonce: `${round}` };
      const died = crashAt(point);
      const first = await ann.call("POST", path, body);
      await died;
      const again = await ann.call("POST", path, body);
      if (first.status === 201) expect([again.status, again.body]).toEqual([200, first.body]);
      else
        expect([first.body.status, again.status]).toEqual([500, point === "room:before-commit" ? 201 : 200]);
      expect(again.body).toMatchObject({ seq: round + 3, content: body.content });
    }
    expect((await roomLog(channel)).map(({ seq }) => seq)).toEqual(sequenceFrom(1, rounds + 2));
  });

  test(`[LG5] edits, deletes and leaves cut off at ${point} apply whole or not at all`, async () => {
    const [ann, bob] = await createUsers("ann", "bob");
    const channel = await createChannelFor(ann!, [bob!]);
    const at = `/v1/channels/${channel}`;
    const { body: message } = await ann!.call("POST", `${at}/messages`, { content: "one" });
    const steps: [string, string, object | undefined, number][] = [
      ["PATCH", `${at}/messages/${message.id}`, { content: "two" }, 200],
      ["PATCH", at, { topic: "talk" }, 200],
      ["DELETE", `${at}/messages/${message.id}`, undefined, 204],
      ["DELETE", `${at}/members/${bob!.userId}`, undefined, 204],
    ];
    for (const [method, path, body, status] of steps) {
      const died = crashAt(point);
      await ann!.call(method, path, body);
      await died;
      for (let again = 0; again < 2; again++)
        expect((await ann!.call(method, path, body)).status).toBe(status);
    }
    const events = await listEvents(channel, ann!);
    expect(events.map(({ seq, type }) => [seq, type])).toEqual(
      [
        "channelCreate",
        "memberJoin",
        "memberJoin",
        "messageCreate",
        "messageUpdate",
        "channelUpdate",
        "messageDelete",
        "memberLeave",
      ].map((type, index) => [index + 1, type]),
    );
    expect((await ann!.call("GET", `${at}/messages/${message.id}`)).body).toMatchObject({
      rev: 7,
      version: 2,
      content: "",
    });
    expect((await ann!.call("GET", `${at}/members`)).body.items).toHaveLength(1);
    expect((await ann!.call("GET", at)).body).toMatchObject({ topic: "talk", seq: 8 });
  });
}
