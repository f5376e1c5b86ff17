import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sweepNames } from "../../../src/features/channels/index.ts";
import { busyChannel } from "../../support/worker/busy-channel.ts";
import { people, person } from "../../support/worker/cast.ts";
import {
  interceptDatabase,
  recordRows,
  restoreDatabase,
  type Sent,
  writeRecord,
} from "../../support/worker/database.ts";
import { caughtUp } from "../../support/worker/projection.ts";

/** Every statement that the Worker and its objects sent while all that touches D1 was done once. */
const sent = new Map<string, Sent>();
/** Small by nature, or read whole on purpose. */
const allowed = [
  // Health counts them; there are none, or somebody is about to look after them.
  /^SCAN dead_letters/,
  // The head of a list in the order of its own index, cut by LIMIT.
  /^SCAN channels USING INDEX channels_public_by_name$/,
  /^SCAN channel_directory USING COVERING INDEX sqlite_autoindex_channel_directory_1$/,
  /^SCAN users USING INDEX users_username_key$/,
  /^SCAN json_each VIRTUAL TABLE/,
  /^SCAN \d+ CONSTANT ROWS?|^SCAN CONSTANT ROW/,
];

beforeAll(async () => {
  interceptDatabase((trip) => {
    for (const statement of trip.statements) sent.set(statement.sql, statement);
    return trip.run();
  });
  const { ann, bob, channelId } = await busyChannel();
  const admin = await person("admin", { role: "admin" });
  await people("more", "even more");
  const at = `/v1/channels/${channelId}`;
  const { items } = (await ann.call("GET", `${at}/messages`)).body;
  for (const query of ["?before=10&limit=2", "?after=3&limit=2", "?around=9&limit=3"])
    await ann.call("GET", `${at}/messages${query}`);
  for (const path of ["", `/messages/${items[0].id}`, `/messages/${items[0].id}/history`, "/members"])
    await ann.call("GET", at + path);
  const lists = [
    "/v1/channels?scope=public&limit=1",
    "/v1/channels?scope=joined&limit=1",
    "/v1/channels?scope=public&query=c&limit=1",
    "/v1/channels?scope=joined&query=c&limit=1",
  ];
  for (const path of [
    `${at}/members?limit=1`,
    ...lists,
    "/v1/users?limit=1",
    "/v1/users?query=an&limit=1",
    "/v1/admin/channels?limit=1",
  ]) {
    const who = path.includes("admin") ? admin : ann;
    await busyChannelFor(path);
    const { body } = await who.call("GET", path);
    if (body.nextCursor)
      expect((await who.call("GET", `${path}&cursor=${body.nextCursor}`)).status).toBe(200);
  }
  await bob.call("POST", `${at}/leave`);
  await ann.call("POST", "/v1/channels", { name: "names are unique" });
  await writeRecord(
    "UPDATE channel_names SET claimed_at = 1, confirmed = 0 WHERE name_key = 'names are unique'",
  );
  await ann.call("POST", "/v1/channels", { name: "names are unique" });
  await writeRecord(
    "UPDATE channel_names SET claimed_at = 1, confirmed = 0 WHERE name_key = 'names are unique'",
  );
  await sweepNames(env);
  await writeRecord(
    "CREATE TRIGGER poison BEFORE INSERT ON messages WHEN instr(NEW.content, 'poison') BEGIN SELECT RAISE(ABORT, 'constraint failed'); END",
  );
  await ann.call("POST", `${at}/messages`, { content: "poison" });
  await writeRecord("DROP TRIGGER poison");
  await admin.call("POST", `/v1/admin/channels/${channelId}/reproject`);
  await caughtUp(channelId);
  await ann.call("GET", "/v1/health");
  restoreDatabase();
});
afterAll(restoreDatabase);

/** A list has a second page only where there is more than one channel. */
let made = 0;
async function busyChannelFor(path: string): Promise<void> {
  if (path.startsWith("/v1/channels?") && made++ < 2) await busyChannel();
}

const plansOf = async (statement: Sent): Promise<string[]> =>
  (await recordRows<{ detail: string }>(`EXPLAIN QUERY PLAN ${statement.sql}`, ...statement.params)).map(
    ({ detail }) => detail,
  );

test("[RD5] [PJ6] no statement reads a whole table", async () => {
  const faults: string[] = [];
  for (const statement of sent.values()) {
    for (const detail of await plansOf(statement))
      if (detail.startsWith("SCAN") && !allowed.some((pattern) => pattern.test(detail)))
        faults.push(`${detail}: ${statement.sql}`);
  }
  expect(faults).toEqual([]);
});

test("[RD5] no statement sorts what an index could give in order, but for the list of one's own channels", async () => {
  const sorting: string[] = [];
  for (const statement of sent.values())
    if ((await plansOf(statement)).some((detail) => detail.includes("TEMP B-TREE")))
      sorting.push(statement.sql);
  expect(sorting.filter((sql) => !sql.includes('from "channel_members" inner join "channels"'))).toEqual([]);
});

test("[RD5] the pages of the history, of members and of public channels are sought, not walked to", async () => {
  const seeks: [RegExp, RegExp][] = [
    [
      /from "messages" where \("messages"."channel_id" = \? and "messages"."seq" < \?\)/,
      /SEARCH messages USING INDEX messages_by_seq \(channel_id=\? AND seq<\?\)/,
    ],
    [
      /from "messages" where \("messages"."channel_id" = \? and "messages"."seq" > \?\)/,
      /SEARCH messages USING INDEX messages_by_seq \(channel_id=\? AND seq>\?\)/,
    ],
    [
      /from "channel_members" where \("channel_members"."channel_id" = \? and \(/,
      /SEARCH channel_members USING INDEX channel_members_by_joining \(channel_id=\? AND \(joined_at,user_id\)>\(\?,\?\)\)|channel_members_by_joining \(channel_id=\? AND joined_at>\?\)/,
    ],
    [
      /from "channels" where \("channels"."type" = \? and "channels"."archived_at" is null and \(/,
      /SEARCH channels USING INDEX channels_public_by_name \(.*name_key/,
    ],
    [
      /insert into "channel_names"|from "channel_names" where "channel_names"."name_key" = \?/,
      /SEARCH channel_names USING INDEX sqlite_autoindex_channel_names_1 \(name_key=\?\)/,
    ],
    [
      /from "channel_names" where \("channel_names"."confirmed" = \? and/,
      /SEARCH channel_names USING INDEX channel_names_unconfirmed \(claimed_at<\?\)/,
    ],
  ];
  for (const [which, plan] of seeks) {
    const statements = [...sent.values()].filter(({ sql }) => which.test(sql) && sql.startsWith("select"));
    expect(statements, String(which)).not.toEqual([]);
    for (const statement of statements)
      expect((await plansOf(statement)).join("\n"), statement.sql).toMatch(plan);
  }
});
