import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resolveStaleClaims } from "../../../src/features/channels/index.ts";
import { callRest } from "../../support/worker/clients/rest-client.ts";
import {
  interceptDatabase,
  restoreDatabases,
  type SentStatement,
} from "../../support/worker/fakes/database-interceptor.ts";
import { withPreviousRooms } from "../../support/worker/fakes/previous-release.ts";
import { createUser, createUsers } from "../../support/worker/fixtures/accounts.ts";
import {
  createSampleWorkspace,
  endpointNames,
  sampleOf,
} from "../../support/worker/fixtures/endpoint-samples.ts";
import { type ActiveChannel, createActiveChannel } from "../../support/worker/fixtures/sample-channels.ts";
import { databaseRows, writeDatabase } from "../../support/worker/objects/database.ts";
import { waitForProjection } from "../../support/worker/objects/projection.ts";

/** Collects every statement sent while each endpoint is called and all other work on D1 is done. */
const sent = new Map<string, SentStatement>();

/** Tables that are always small or are read whole on purpose. */
const mayScan = [
  // One row, at most 20 keys, at most 500 webhooks, at most 100 active bots; and a page of invites in the order of their ids.
  /^SCAN (?:workspace_settings|server_keys|incoming_webhooks)\b/,
  // By default at most 100 event subscriptions, 200 commands, 500 groups and 1,000 emoji.
  /^SCAN (?:event_subscriptions|slash_commands|user_groups|custom_emoji)\b/,
  /^SCAN users USING INDEX users_bots$/,
  /^SCAN invites USING INDEX sqlite_autoindex_invites_1$/,
  // The rows of a batch, passed as a JSON parameter.
  /^SCAN \w+ VIRTUAL TABLE/,
  /^SCAN \d+ CONSTANT ROWS?|^SCAN CONSTANT ROW/,
  // The result of a subquery with LIMIT.
  /^SCAN \(subquery-\d+\)$/,
  // Health counts these rows; usually there are none, and otherwise an operator is about to remove them.
  /^SCAN dead_letters/,
  // Counted up to 1,000, with LIMIT.
  /^SCAN unused_objects USING COVERING INDEX/,
  // The head of a list in index order, with LIMIT.
  /^SCAN channels USING INDEX channels_(named|archived)$/,
  /^SCAN user_file_usage USING (COVERING )?INDEX user_file_usage_by_size$/,
  /^SCAN jobs USING INDEX sqlite_autoindex_jobs_1$/,
  /^SCAN channels USING INDEX channels_public_by_name$/,
  /^SCAN channel_directory USING (COVERING )?INDEX channel_directory_named$/,
  /^SCAN users USING INDEX users_username_key$/,
  /^SCAN audit_entries USING INDEX sqlite_autoindex_audit_entries_1$/,
  // An erasure counts the channels, once, for its progress.
  /^SCAN channel_directory USING COVERING INDEX sqlite_autoindex_channel_directory_1$/,
];
/** The list of one user's channels, sorted by name. */
const maySort = [/from "channel_members" inner join "channels"/];

beforeAll(async () => {
  interceptDatabase((trip) => {
    for (const statement of trip.statements) sent.set(statement.sql, statement);
    return trip.run();
  });
  const world = await createSampleWorkspace();
  for (const name of endpointNames) {
    const { method, path, token, body, headers } = await sampleOf(name, world);
    const { status, text } = await callRest(method, path, { token, body, headers });
    expect(status, `${method} ${path} ${text}`).toBeLessThan(400);
  }
  const lively = await createActiveChannel();
  await createActiveChannel();
  await createUsers("more", "even more");
  await readPages(lively);
  await withPreviousRooms(() => readPages(lively));
  await mendAndRebuild(lively);
  restoreDatabases();
});
afterAll(restoreDatabases);

/** Requests each list from its start and from a cursor, and each page from each kind of position. */
async function readPages({ ann, channelId, rootId }: ActiveChannel): Promise<void> {
  const at = `/v1/channels/${channelId}`;
  const admin = await createUser("admin", { role: "admin" });
  for (const path of [`${at}/messages`, `${at}/messages/${rootId}/thread`])
    for (const query of ["", "?before=10&limit=2", "?after=3&limit=2", "?around=9&limit=3"])
      expect((await ann.call("GET", path + query)).status).toBe(200);
  for (const path of [
    `${at}/members?limit=1`,
    `${at}/pins?limit=1`,
    `${at}/messages/${rootId}/thread?limit=1`,
    `${at}/messages/${rootId}/reactions?limit=1`,
    "/v1/users/me/threads?limit=1",
    "/v1/channels?scope=public&limit=1",
    "/v1/channels?scope=joined&limit=1",
    "/v1/channels?scope=public&query=r&limit=1",
    "/v1/channels?scope=joined&query=r&limit=1",
    "/v1/users?limit=1",
    "/v1/users?query=an&limit=1",
    "/v1/admin/channels?limit=1",
    "/v1/admin/storage/users?limit=1",
    "/v1/admin/webhooks?limit=1",
    "/v1/admin/jobs?limit=1",
    ...["all", "public", "private", "archived"].flatMap((scope) => [
      `/v1/admin/channel-directory?scope=${scope}&limit=1`,
      `/v1/admin/channel-directory?scope=${scope}&query=r&limit=1`,
    ]),
  ]) {
    const who = /admin/.test(path) ? admin : ann;
    const { body } = await who.call("GET", path);
    const next = `${path}&cursor=${body.nextCursor}`;
    if (body.nextCursor) expect((await who.call("GET", next)).status, next).toBe(200);
  }
}

/** Triggers the statements of failures: uncertain name claims, an event that D1 rejects, a restored database. */
async function mendAndRebuild({ ann, bob, channelId }: ActiveChannel): Promise<void> {
  const at = `/v1/channels/${channelId}`;
  const admin = await createUser("admin", { role: "admin" });
  await bob.call("POST", `${at}/leave`);
  for (let time = 0; time < 2; time++) {
    await ann.call("POST", "/v1/channels", { name: "names are unique" });
    await writeDatabase(
      "UPDATE channel_names SET claimed_at = 1, confirmed = 0 WHERE name_key = 'names are unique'",
    );
  }
  await resolveStaleClaims(env);
  await writeDatabase(
    "CREATE TRIGGER poison BEFORE INSERT ON messages WHEN instr(NEW.content, 'poison') BEGIN SELECT RAISE(ABORT, 'constraint failed'); END",
  );
  await ann.call("POST", `${at}/messages`, { content: "poison" });
  await writeDatabase("DROP TRIGGER poison");
  await writeDatabase("UPDATE channels SET projected_seq = 900 WHERE id = ?", channelId);
  await ann.call("POST", `${at}/messages`, { content: "the record is past the end" });
  await admin.call("POST", `/v1/admin/channels/${channelId}/reproject`);
  await waitForProjection(channelId);
}

const plansOf = async ({ sql, params }: SentStatement): Promise<string[]> =>
  (await databaseRows<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...params)).map(
    ({ detail }) => detail,
  );

async function faultsBy(isFault: (detail: string, sql: string) => boolean): Promise<string[]> {
  const faults: string[] = [];
  for (const statement of sent.values())
    for (const detail of await plansOf(statement))
      if (isFault(detail, statement.sql)) faults.push(`${detail}: ${statement.sql}`);
  return faults;
}

test("[RD7] [PJ6] the database has no statistics, so plans hold for any size", async () => {
  expect(await databaseRows("SELECT name FROM sqlite_master WHERE name LIKE 'sqlite_stat%'")).toEqual([]);
  expect(sent.size).toBeGreaterThan(60);
});

test("[RD7] [PJ6] no statement scans a whole table or builds a temporary index", async () => {
  expect(
    await faultsBy(
      (detail) =>
        (detail.startsWith("SCAN") && !mayScan.some((pattern) => pattern.test(detail))) ||
        detail.includes("AUTOMATIC"),
    ),
  ).toEqual([]);
});

test("[RD7] no statement sorts what an index orders, except one's own channels", async () => {
  expect(
    await faultsBy(
      (detail, sql) => detail.includes("TEMP B-TREE") && !maySort.some((pattern) => pattern.test(sql)),
    ),
  ).toEqual([]);
});

test("[RD7] per-channel tables are only searched by the columns that identify a row", async () => {
  /** Statements that may read a whole channel, to delete it, or a whole thread. */
  const tooLittle = [
    /^SEARCH messages .*\(channel_id=\?\)$/,
    /^SEARCH mentions .*\((user_id|channel_id)=\?\)$/,
    /^SEARCH (reactions|pins|channel_readers|thread_followers) .*\(channel_id=\?\)$/,
    /^SEARCH thread_followers .*\(user_id=\?\)$/,
  ];
  const onPurpose = [
    /^delete from/,
    // A purge deletes a channel's rows, with LIMIT.
    /^DELETE FROM .* LIMIT \?\)$/,
    // An export reads the reactions of one channel after another.
    /^select "message_id", "emoji", "at" from "reactions"/,
    // The last message of a channel, and up to 1,000 members, with LIMIT.
    /SELECT created_at FROM messages WHERE channel_id = value ORDER BY seq DESC LIMIT 1/,
    // A page of the threads that one user follows, in order, with LIMIT.
    /from "thread_followers"/,
  ];
  expect(
    await faultsBy(
      (detail, sql) =>
        tooLittle.some((pattern) => pattern.test(detail)) && !onPurpose.some((pattern) => pattern.test(sql)),
    ),
  ).toEqual([]);
});

test("[RD7] pages of history, members and public channels are found by index seek", async () => {
  const seeks: [RegExp, RegExp][] = [
    [
      /from "messages" where \("?.*"messages"."in_channel" = \?\)? and "messages"."seq" < \?/,
      /SEARCH messages USING INDEX messages_in_channel \(channel_id=\? AND in_channel=\? AND seq<\?\)/,
    ],
    [
      /from "messages" where \("?.*"messages"."in_channel" = \?\)? and "messages"."seq" > \?/,
      /SEARCH messages USING INDEX messages_in_channel \(channel_id=\? AND in_channel=\? AND seq>\?\)/,
    ],
    [
      /from "messages" where \(+"messages"."thread_id" = .* and "messages"."seq" > \?/,
      /SEARCH messages USING INDEX messages_in_thread \(thread_id=\? AND seq>\?\)/,
    ],
    [
      /from "channel_members" where \("channel_members"."channel_id" = \? and \(/,
      /SEARCH channel_members USING INDEX channel_members_by_joining \(channel_id=\? AND \(joined_at,user_id\)>\(\?,\?\)\)|channel_members_by_joining \(channel_id=\? AND joined_at>\?\)/,
    ],
    [
      /from "channels" where \("channels"."type" = 'public' and "channels"."archived_at" is null and \(/,
      /SEARCH channels USING INDEX channels_public_by_name \(.*name_key/,
    ],
    [/"channel_directory"."direct" = 1 and/, /INDEX channel_directory_direct \(direct=\? AND rowid>\?\)/],
    [/"channel_directory"."direct" = 0 and/, /INDEX channel_directory_named \(channel_id>\?\)/],
    [/"channel_names"."name_key" = \?/, /INDEX sqlite_autoindex_channel_names_1 \(name_key=\?\)/],
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
