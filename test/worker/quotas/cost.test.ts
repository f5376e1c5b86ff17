import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { randomInteger, seededRandom } from "../../../scripts/support/seeded-random.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { waitForProjections } from "../../support/worker/objects/projection.ts";
import { inRoom, roomRows } from "../../support/worker/objects/room-object.ts";
import { waitForIndex } from "../../support/worker/objects/search-index.ts";

const sizeOf = async (database: D1Database): Promise<number> =>
  Number((await database.prepare("SELECT 1").run()).meta.size_after);

/** Returns the bytes of D1, the search index included, and of the room. */
async function sizes(channelId: string): Promise<{ d1: number; room: number }> {
  await waitForProjections(channelId);
  await waitForIndex(channelId);
  const room = await inRoom(channelId, (_, { storage }) => storage.sql.databaseSize);
  return { d1: (await sizeOf(env.DB)) + (await sizeOf(env.SEARCH)), room };
}

/** Returns the bytes that the room counts for the log after `seq`. */
async function countedSince(channelId: string, seq: number): Promise<{ bytes: number }> {
  const [row] = await roomRows<{ bytes: number }>(
    channelId,
    "SELECT sum(octet_length(data) + coalesce(octet_length(for_sinks), 0) + 200) AS bytes FROM log WHERE seq > ?",
    seq,
  );
  return row!;
}

interface CostScenario {
  ann: TestUser;
  channelId: string;
  socket: TestSocket;
}
let scene: CostScenario;
beforeAll(async () => {
  const [ann] = (await createUsers("ann")) as [TestUser];
  const channelId = await createChannelFor(ann);
  scene = { ann, channelId, socket: await ann.connect(channelId) };
});

const words = (length: number, seed: number): string => {
  const random = seededRandom(seed);
  let text = "";
  while (text.length < length) text += `${randomInteger(random, 2 ** 31).toString(36)} `;
  return text.slice(0, length);
};
const messageOf = async ({ socket }: CostScenario, content: string): Promise<string> =>
  ((await socket.sendCommand("messageCreate", { content })) as any).data.message.id;

/** What a member can repeat, and by how many bytes at most D1 and the room grow for each counted byte. */
const mostExpensive: [
  what: string,
  factors: [d1: number, room: number],
  repeat: (scene: CostScenario) => Promise<void>,
][] = [
  [
    "messages of 32 kB",
    [3, 1.5],
    async (at) => {
      for (let n = 0; n < 30; n++) await messageOf(at, "😀".repeat(7_990) + n);
    },
  ],
  [
    "messages of new words",
    [5, 1.5],
    async (at) => {
      for (let n = 0; n < 60; n++) await messageOf(at, words(8_000, n + 1));
    },
  ],
  [
    "messages of one character",
    [2, 1.5],
    async (at) => {
      for (let n = 0; n < 400; n++) await messageOf(at, "x");
    },
  ],
  [
    "edits of one message",
    [1, 1.5],
    async (at) => {
      const messageId = await messageOf(at, "x");
      for (let n = 0; n < 40; n++)
        await at.socket.sendCommand("messageUpdate", { messageId, content: words(8_000, n + 1) });
    },
  ],
  [
    "replies",
    [2, 1.5],
    async (at) => {
      const messageId = await messageOf(at, "x");
      for (let n = 0; n < 300; n++) await at.socket.sendCommand("threadCreate", { messageId, content: "y" });
    },
  ],
  [
    "a reaction put on and taken off",
    [1, 1.5],
    async (at) => {
      const messageId = await messageOf(at, "x");
      for (let n = 0; n < 300; n++)
        await at.socket.sendCommand(n % 2 ? "reactionRemove" : "reactionAdd", { messageId, emoji: "👍" });
    },
  ],
  [
    "topics",
    [1, 1.5],
    async (at) => {
      for (let n = 0; n < 100; n++)
        await at.socket.sendCommand("channelUpdate", {
          topic: words(250, n + 1),
          description: words(1_000, n + 1),
        });
    },
  ],
];

test.for(mostExpensive)(
  "[QT1] D1 and the room grow in proportion to the counted bytes: %s",
  async ([, factors, repeat]) => {
    const { channelId } = scene;
    const before = await sizes(channelId);
    const [{ seq }] = (await roomRows<{ seq: number }>(channelId, "SELECT max(seq) AS seq FROM log")) as [
      { seq: number },
    ];
    await repeat(scene);
    const after = await sizes(channelId);
    const { bytes } = await countedSince(channelId, seq);
    const grown = { d1: (after.d1 - before.d1) / bytes, room: (after.room - before.room) / bytes };
    expect(grown.d1).toBeLessThanOrEqual(factors[0]);
    expect(grown.room).toBeLessThanOrEqual(factors[1]);
  },
);
