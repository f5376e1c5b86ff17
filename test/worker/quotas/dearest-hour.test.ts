import { beforeAll, expect, test } from "vitest";
import limitsDocument from "../../../docs/limits.md?raw";
import { type Config, configOf } from "../../../src/config.ts";
import { endpoints, type RateClass, rateClasses, rateClassOf } from "../../../src/protocol/index.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { countWrittenRows } from "../../support/worker/fakes/row-meter.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { waitForNotifications, waitForProjections } from "../../support/worker/objects/projection.ts";
import { waitForIndex } from "../../support/worker/objects/search-index.ts";

/** Rows written at most for each command that the write quota counts. */
const rowsPerCommand = { d1: 80, objects: 300 };
/** Bytes written at most for each byte that the write quota counts: `cost.test.ts` measures them. */
const bytesPerByte = { d1: 5, objects: 1.5 };
/** The presence of 200 users: a hub each, and the session's own. */
const callsOfPresence = 203;

const mentioned = 20;
let channelId: string;
let socket: TestSocket;
let messageId: string;

beforeAll(async () => {
  const [ann, ...members] = (await createUsers("ann", ...Array.from({ length: mentioned }, () => "bob"))) as [
    TestUser,
    ...TestUser[],
  ];
  channelId = await createChannelFor(ann, members);
  socket = await ann.connect(channelId);
  messageId = ((await send("messageCreate", { content: "root" })) as any).data.message.id;
});

const send = (type: string, data: object) => socket.sendCommand(type as never, data);

async function settle(): Promise<void> {
  await waitForProjections(channelId);
  await waitForIndex(channelId);
  await waitForNotifications(channelId);
}

/** What one member can repeat, and how many commands the write quota counts for it. */
const repeatable: [what: string, counted: number, work: (time: number) => Promise<unknown>][] = [
  ["messages with a nonce", 1, (time) => send("messageCreate", { content: "x", nonce: `n${time}` })],
  ["replies", 1, () => send("threadCreate", { messageId, content: "x" })],
  ["edits", 1, (time) => send("messageUpdate", { messageId, content: `x${time}` })],
  ["reactions", 1, (time) => send(time % 2 ? "reactionRemove" : "reactionAdd", { messageId, emoji: "👍" })],
  ["pins", 1, (time) => send(time % 2 ? "messageUnpin" : "messagePin", { messageId })],
  ["topics", 1, (time) => send("channelUpdate", { topic: `topic ${time}` })],
  ["mentions of a group", 1 + 0.05 * mentioned, () => send("messageCreate", { content: "@channel" })],
  ["read positions", 0.1, (time) => send("read", { seq: time, markUnread: true })],
  ["follows", 0.1, (time) => send("threadFollow", { messageId, following: time % 2 === 1 })],
];

test.each(repeatable)("[RL6] rows written for each counted command: %s", async (_, counted, work) => {
  const times = 4;
  await settle();
  // Each alone, as in different channels: in one channel, those within half a second share their rows.
  const rows = await countWrittenRows(channelId, async () => {
    for (let time = 0; time < times; time++) {
      await work(time);
      await settle();
    }
  });
  expect(rows.d1 / times / counted).toBeLessThanOrEqual(rowsPerCommand.d1);
  expect(rows.objects / times / counted).toBeLessThanOrEqual(rowsPerCommand.objects);
  expect(rows.objects).toBeGreaterThan(0);
});

/** The rows of the table of calls: endpoint and calls of objects. */
const calls = [...limitsDocument.matchAll(/^\| `(\w+)` \| [^|]+ \| (\d+) \| \d+ \|$/gm)].map(
  ([, name = "", objects]) => ({ rateClass: rateClassOf(endpoints[name]!), objects: Number(objects) }),
);

const callsOf = (wanted: RateClass): number =>
  Math.max(
    ...calls.filter(({ rateClass }) => rateClass === wanted).map(({ objects }) => objects),
    wanted === "read" ? callsOfPresence : 0,
  );

const perMinute = (config: Config, rateClass: RateClass): number =>
  config[`RATE_${rateClass.toUpperCase() as Uppercase<RateClass>}_PER_MINUTE`];

/** Computes the table from the configuration. */
function dearestHour(config: Config): Record<string, number> {
  const hourly = (...classes: readonly RateClass[]): number =>
    60 * classes.reduce((sum, rateClass) => sum + perMinute(config, rateClass), 0);
  return {
    "Requests to the Worker": hourly(...rateClasses),
    "Calls of objects by these requests": rateClasses.reduce(
      (sum, rateClass) => sum + hourly(rateClass) * callsOf(rateClass),
      0,
    ),
    "Frames to the server": config.USER_CONNECTIONS * config.SOCKET_COMMANDS_PER_SECOND * 3_600,
    "Rows written in D1": config.USER_WRITES_PER_HOUR * rowsPerCommand.d1,
    "Rows written in objects": config.USER_WRITES_PER_HOUR * rowsPerCommand.objects,
    "Bytes added in D1": config.USER_BYTES_PER_HOUR * bytesPerByte.d1,
    "Bytes added in objects": config.USER_BYTES_PER_HOUR * bytesPerByte.objects,
    "Bytes in R2": config.FILE_USER_QUOTA_BYTES,
    "Pushes to the member's own browsers": config.USER_PUSHES_PER_HOUR,
    "Writes of R2 (class A)": hourly("upload", "write"),
    "Milliseconds of searches in D1": hourly("search") * config.SEARCH_BUDGET_MS,
  };
}

test("[RL6] the table of the dearest hour follows from the default vars", () => {
  const [, section = ""] = limitsDocument.split("## The dearest hour of one member");
  const [table = ""] = section.split("\n## ");
  const stated = Object.fromEntries(
    [...table.matchAll(/^\| ([^|]+?) +\| +([\d,]+) \|/gm)].map(([, what, number = ""]) => [
      what,
      Number(number.replaceAll(",", "")),
    ]),
  );
  const defaults = configOf({ JWT_SIGNING_KEY: "x", REFRESH_TOKEN_KEY: "x".repeat(43) } as unknown as Env);
  expect(stated).toEqual(dearestHour(defaults));
});
