import { expect, test } from "vitest";
import { foldKey } from "../../../src/text/fold-key.ts";
import { newId } from "../../../src/lib/ids.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { sequenceFrom } from "../../support/worker/fixtures/frames.ts";
import { inRoom, roomStub } from "../../support/worker/objects/room-object.ts";

/** Names of 80 characters, each of which folds to several characters or is longer as JSON. */
const longNames = [
  ...["ᾷ", "ΐ", "ῧ", "ẞ", '"', "\\"].flatMap((long) => ["a", "b"].map((first) => first + long.repeat(79))),
  ...["𝕏", "🎈", "𐐀"].flatMap((astral) => [`${astral.repeat(39)}a`, `${astral.repeat(39)}b`]),
];

async function readAllPages(reader: TestUser, path: string): Promise<{ names: string[]; cursors: string[] }> {
  const [names, cursors]: [string[], string[]] = [[], []];
  for (let cursor = ""; ;) {
    const { status, body, text } = await reader.call(
      "GET",
      `${path}&limit=1${cursor && `&cursor=${cursor}`}`,
    );
    expect(status, text).toBe(200);
    names.push(...body.items.map(({ name, displayName }: any) => name ?? displayName));
    if (body.nextCursor === null) return { names, cursors };
    cursors.push((cursor = body.nextCursor));
    expect(cursors.length).toBeLessThanOrEqual(longNames.length + 5);
  }
}

/** How many commands a room accepts at once. */
const capacity = 10_000;

const sorted = (names: readonly string[]) => {
  const bytes = (name: string) => Buffer.from(foldKey(name));
  return [...names].sort((a, b) => Buffer.compare(bytes(a), bytes(b)));
};

test("[RD5] lists of channels with very long folded names page to their end", async () => {
  const ann = await createUser("ann");
  const made: string[] = [];
  for (const name of longNames) {
    const { status, body } = await ann.call("POST", "/v1/channels", { name });
    expect(status, name).toBe(201);
    made.push(body.name);
  }
  for (const scope of ["joined", "public"]) {
    const { names, cursors } = await readAllPages(ann, `/v1/channels?scope=${scope}`);
    expect(names, scope).toEqual(sorted(made));
    expect(Math.max(...cursors.map(({ length }) => length)), "they are long").toBeGreaterThan(512);
  }
});

test("[RD2] an outsider gets the same error from a full room as from an unknown one", async () => {
  const [ann, eve] = (await createUsers("ann", "eve")) as [TestUser, TestUser];
  const channel = await createChannelFor(ann, [], { isPrivate: true });
  const by = ({ userId, sessionId }: TestUser) => ({ userId, sessionId, role: "member" as const });
  const topic = { type: "channelUpdate" as const, data: { topic: "" } };
  const [full, outside] = await inRoom(channel, async (room) => {
    const taken = sequenceFrom(0, capacity).map(() => room.execute(by(ann), topic));
    const outcomes = await Promise.all([room.execute(by(ann), topic), room.execute(by(eve), topic)]);
    await Promise.all(taken);
    return outcomes;
  });
  expect(full).toMatchObject({ problem: { code: "unavailable" } });
  expect(outside).toEqual(await roomStub(newId("chn")).execute(by(eve), topic));
  expect(outside).toMatchObject({ problem: { code: "not_found" } });
});

test("[RD4] a message's history has `seq` and `epoch` to subscribe without a gap", async () => {
  const ann = await createUser("ann");
  const channel = await createChannelFor(ann);
  const messages = `/v1/channels/${channel}/messages`;
  const { body: message } = await ann.call("POST", messages, { content: "one" });
  await ann.call("PATCH", `${messages}/${message.id}`, { content: "two" });
  const { body } = await ann.call("GET", `${messages}/${message.id}/history`);
  const { body: page } = await ann.call("GET", messages);
  expect([body.items.length, body.seq, body.epoch]).toEqual([2, 4, page.epoch]);
  for (const content of ["three", "four"]) await ann.call("PATCH", `${messages}/${message.id}`, { content });
  const socket = await ann.connect(channel, `?since=${body.seq}&epoch=${body.epoch}`);
  expect(socket.events.map(({ seq }) => seq)).toEqual([5, 6]);
});
