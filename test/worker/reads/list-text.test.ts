import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { getUnreads } from "../../../src/protocol/index.ts";
import { randomInteger, randomItem, seededRandom } from "../../../scripts/support/seeded-random.ts";
import { callEndpoint } from "../../support/worker/clients/endpoint-client.ts";
import { buildRequest, sendWithBindings } from "../../support/worker/clients/raw-requests.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { databaseRows, writeDatabase } from "../../support/worker/objects/database.ts";

const random = seededRandom(14);
const below = (end: number): number => randomInteger(random, end);
const chance = (share: number): boolean => random() < share;
const texts = [
  "",
  "plain",
  `"quotes" \\ and \\" both`,
  "tab\t, line\nfeed, \u0001 \u001f \u007f \u2028 \u2029",
  "</script><!-- &amp; '",
  "Straße 北京大学 مُحَمَّد 😀👩‍👩‍👧",
  '\\u0041 {"a":[1]}',
  "\ufeff\ufffe\ue000",
];
const text = (): string =>
  [randomItem(random, texts), randomItem(random, texts)].join(chance(0.5) ? "" : " ");
const lastMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const time = (): number =>
  randomItem(random, [0, 1, 999, lastMs, Date.now(), below(2 ** 31) * 1_000 + below(1_000)])!;

interface ChannelRow {
  [column: string]: string | number | null;
  id: string;
  projected_seq: number;
}

let reader: TestUser;
let channels: ChannelRow[];

const insert = (table: string, rows: readonly Record<string, unknown>[]): Promise<void> => {
  const columns = Object.keys(rows[0]!);
  return writeDatabase(
    `INSERT INTO ${table} (${columns.join(", ")}) SELECT ${columns.map((name) => `value->>'${name}'`).join(", ")} FROM json_each(?)`,
    JSON.stringify(rows),
  );
};

/** Rows as rooms would write them, of 70 channels with random messages, texts and times; the reader is a member of most of them. */
beforeAll(async () => {
  reader = await createUser("reader");
  const authors = [reader.userId, "usr_01AAAAAAAAAAAAAAAAAAAAAAAA", "usr_01BBBBBBBBBBBBBBBBBBBBBBBB"];
  channels = Array.from({ length: 70 }, (_, n) => {
    const type = randomItem(random, ["public", "private", "direct", "group"])!;
    const isNamed = type === "public" || type === "private";
    return {
      id: `chn_01${String(n * 7919).padStart(24, "0")}`,
      epoch: `epoch-of-${n}`,
      projected_seq: 5 + below(320),
      name: isNamed ? text() : null,
      name_key: isNamed ? String(n) : null,
      type,
      topic: text(),
      description: text(),
      created_at: time(),
      archived_at: chance(0.3) ? time() : null,
      created_by: randomItem(random, authors)!,
      member_ids: isNamed ? null : JSON.stringify(authors.slice(0, 1 + below(3))),
      changed_at: 1_000 * n,
    };
  });
  await insert("channels", channels);
  await insert(
    "channel_members",
    channels
      .filter(() => chance(0.9))
      .map(({ id }) => ({ channel_id: id, user_id: reader.userId, role: "member", joined_at: 1 })),
  );
  await insert(
    "channel_readers",
    channels
      .filter(() => chance(0.8))
      .map(({ id, projected_seq }) => ({
        channel_id: id,
        user_id: reader.userId,
        last_read_seq: chance(0.3) ? projected_seq : below(projected_seq + 1),
        level: randomItem(random, ["all", "mentions", "none"]),
        rev: 1,
        changed_at: chance(0.2) ? 1_000 * below(70) : 0,
      })),
  );
  for (const { id, projected_seq } of channels) {
    const isLong = chance(0.5);
    const messages = Array.from({ length: projected_seq }, (_, at) => at + 1)
      .filter(() => isLong || chance(0.3))
      .map((seq) => ({
        ...{ id: `msg_${id}_${seq}`, channel_id: id, seq, rev: seq, author_id: randomItem(random, authors)! },
        ...{ content: "", created_at: 1, updated_at: 1, version: 1 },
        deleted_at: chance(0.1) ? 1 : null,
        in_channel: chance(0.9) ? 1 : 0,
      }));
    if (messages.length > 0) await insert("messages", messages);
    const mentioning = messages.filter(
      (row) => row.author_id !== reader.userId && !row.deleted_at && row.in_channel && chance(0.5),
    );
    if (mentioning.length > 0)
      await insert(
        "mentions",
        mentioning.map(({ seq }) => ({ user_id: reader.userId, channel_id: id, seq })),
      );
  }
});

const iso = (ms: unknown) => (ms === null ? null : new Date(ms as number).toISOString());

/** The items of the list, computed from whole tables; and `changed_at` of each. */
async function expectedItems() {
  const own = async (table: string) =>
    (await databaseRows<ChannelRow>(
      `SELECT * FROM ${table} WHERE user_id = ?`,
      reader.userId,
    )) as ChannelRow[];
  const [members, readers, mentions] = await Promise.all([
    own("channel_members"),
    own("channel_readers"),
    own("mentions"),
  ]);
  const messages = await databaseRows<ChannelRow>("SELECT * FROM messages");
  return channels
    .filter(({ id }) => members.some(({ channel_id }) => channel_id === id))
    .map((row) => {
      const state = readers.find(({ channel_id }) => channel_id === row.id);
      const lastReadSeq = Number(state?.["last_read_seq"] ?? row.projected_seq);
      const isUnread = ({ channel_id, seq }: ChannelRow) =>
        channel_id === row.id && Number(seq) > lastReadSeq;
      const counted = messages.filter(
        (message) =>
          isUnread(message) &&
          message["in_channel"] === 1 &&
          message["author_id"] !== reader.userId &&
          message["deleted_at"] === null,
      );
      const { id, name, type, topic, description, created_by, member_ids, created_at, archived_at } = row;
      return {
        changedAt: Math.max(Number(row["changed_at"]), Number(state?.["changed_at"] ?? 0)),
        item: {
          channelId: id,
          lastReadSeq,
          unread: Math.min(99, counted.length),
          mentions: Math.min(99, mentions.filter(isUnread).length),
          level: state?.["level"] ?? (name === null ? "all" : "mentions"),
          channel: {
            ...{ id, name, type, topic, description, createdBy: created_by },
            postingPolicy: "everyone",
            ...(member_ids !== null && { memberIds: JSON.parse(String(member_ids)) as string[] }),
            ...{ createdAt: iso(created_at), archivedAt: iso(archived_at) },
          },
          seq: row.projected_seq,
          epoch: row["epoch"],
        },
      };
    });
}

test("[RS6] the list is the JSON of the stored rows, byte by byte", async () => {
  const expected = await expectedItems();
  expect(expected.some(({ item }) => item.unread === 99)).toBe(true);
  const { text: sent, body } = await callEndpoint(getUnreads, { as: reader });
  expect(body.items).toEqual(expected.map(({ item }) => item));
  // Also the order of the fields, and no blanks.
  expect(sent).toBe(
    JSON.stringify({
      items: expected.map(({ item }) => item),
      nextCursor: null,
      rev: body.rev,
      total: expected.length,
    }),
  );
  const counts = await callEndpoint(getUnreads, { as: reader, query: { fields: "counts" } });
  expect(counts.text).toBe(
    JSON.stringify({
      items: expected.map(({ item }) => ({ ...item, channel: undefined })),
      ...{ nextCursor: null, rev: counts.body.rev, total: expected.length },
    }),
  );
});

test("[RS6] [RS7] pages of any size and `since` contain the same items", async () => {
  const expected = await expectedItems();
  for (const [limit, since] of [
    [1, 69_000],
    [7, undefined],
    [23, 20_000],
    [100, undefined],
  ] as const) {
    const items: unknown[] = [];
    let rev: number | undefined;
    for (let cursor: string | null | undefined; cursor !== null;) {
      const query = { limit, ...(since && { since }), ...(cursor && { cursor }) };
      const { body } = await callEndpoint(getUnreads, { as: reader, query });
      expect(body.items.length).toBeLessThanOrEqual(limit);
      expect([body.rev, body.total]).toEqual([(rev ??= body.rev), expected.length]);
      items.push(...body.items);
      cursor = body.nextCursor;
    }
    const changed = expected.filter(({ changedAt }) => changedAt >= (since ?? 0) - (since ? 5_000 : 0));
    expect(items).toEqual(changed.map(({ item }) => item));
  }
});

test("[RS6] a user without channels gets an empty list", async () => {
  const { body } = await callEndpoint(getUnreads, { as: await createUser("alone") });
  expect(body).toEqual({ items: [], nextCursor: null, rev: expect.any(Number), total: 0 });
});

test("[RD7] [RS6] the counts read an index alone", async () => {
  const plans: string[] = [];
  const prepare = env.DB.prepare.bind(env.DB);
  const spied = { ...env, DB: { prepare: (sql: string) => (plans.push(sql), prepare(sql)) } };
  await sendWithBindings(spied, buildRequest("GET", getUnreads.path, { token: reader.token }));
  const { results } = await prepare(`EXPLAIN QUERY PLAN ${plans.at(-1)}`)
    .bind(...Array.from(plans.at(-1)!.matchAll(/\?/g), () => "1"))
    .all<{ detail: string }>();
  const details = results.map(({ detail }) => detail);
  for (const table of ["messages", "mentions"])
    for (const detail of details.filter((one) => one.includes(` ${table} `)))
      expect(detail).toMatch(new RegExp(`^SEARCH ${table} USING COVERING INDEX .*seq>`));
  expect(details.filter((detail) => /TEMP B-TREE/.test(detail))).toEqual([]);
});
