import fc from "fast-check";
import { expect, test } from "vitest";
import { deleteMany, updateMany, upsertMany } from "../../../src/db/json-rows.ts";
import { channelMembers, messages, messageVersions } from "../../../src/db/schema/index.ts";
import { database, dialect, message, rows, run } from "./json-rows-database.ts";

test("[PJ1] rows are inserted unchanged, with any text", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc.string({ unit: "binary", maxLength: 20 }).filter((text) => !text.includes("\0")),
        { minLength: 1, maxLength: 30 },
      ),
      (texts) => {
        database().exec("DELETE FROM messages");
        run(
          upsertMany(
            messages,
            [messages.id],
            texts.map((content, index) => message(`m${index}`, content)),
          ),
        );
        expect(rows("messages").map(({ content }) => content)).toEqual(texts);
      },
    ),
  );
});

test("[PJ1] numbers stay numbers, null stays null", () => {
  run(
    upsertMany(
      messages,
      [messages.id],
      [
        message("a", "1", { seq: 9_007_199_254_740_991, deletedAt: null }),
        message("b", "1e5", { deletedAt: 1_800_000_000_000 }),
      ],
    ),
  );
  expect(
    database()
      .prepare(
        "SELECT typeof(seq) AS seq, typeof(content) AS content, typeof(deleted_at) AS deleted FROM messages",
      )
      .all()
      .map((row) => ({ ...row })),
  ).toEqual([
    { seq: "integer", content: "text", deleted: "null" },
    { seq: "integer", content: "text", deleted: "integer" },
  ]);
  expect(rows("messages")[0]).toMatchObject({ seq: 9_007_199_254_740_991 });
});

test("[PJ2] existing rows are overwritten; a repeat changes nothing", () => {
  const second = [message("a", "new", { rev: 5, deletedAt: 7 }), message("b", "b")];
  run(upsertMany(messages, [messages.id], [message("a", "old")]));
  run(upsertMany(messages, [messages.id], second));
  const once = rows("messages");
  run(upsertMany(messages, [messages.id], second));
  expect(rows("messages")).toEqual(once);
  expect(once).toMatchObject([{ id: "a", content: "new", rev: 5, deleted_at: 7 }, { id: "b" }]);
});

test("[PJ1] an existing row of only a key is left unchanged", () => {
  database().exec("CREATE TABLE keys (id TEXT PRIMARY KEY)");
  const [statement] = upsertMany(
    messageVersions,
    [messageVersions.messageId, messageVersions.version],
    [{ messageId: "m", version: 1 }],
  );
  expect(dialect.sqlToQuery(statement!.getSQL()).sql).toContain("DO NOTHING");
});

test("[PJ1] deletion removes exactly the given keys: whole ones and prefixes", () => {
  const member = (channelId: string, userId: string) => ({
    channelId,
    userId,
    role: "member" as const,
    joinedAt: 1,
  });
  run(
    upsertMany(
      channelMembers,
      [channelMembers.channelId, channelMembers.userId],
      [
        member("c", "a"),
        member("c", "b"),
        member("d", "a"),
        member("d", "'; DROP TABLE channel_members; --"),
      ],
    ),
  );
  run(
    deleteMany(channelMembers, [
      { channelId: "c", userId: "a" },
      { channelId: "x", userId: "b" },
      { channelId: "d", userId: "'; DROP TABLE channel_members; --" },
    ]),
  );
  expect(rows("channel_members").map(({ channel_id, user_id }) => [channel_id, user_id])).toEqual([
    ["c", "b"],
    ["d", "a"],
  ]);
  const version = (messageId: string, at: number) => ({ messageId, version: at, content: "", at });
  run(
    upsertMany(
      messageVersions,
      [messageVersions.messageId, messageVersions.version],
      [version("m", 1), version("m", 2), version("n", 1)],
    ),
  );
  run(deleteMany(messageVersions, [{ messageId: "m" }]));
  expect(rows("message_versions").map(({ message_id }) => message_id)).toEqual(["n"]);
});

test("[PJ1] no rows, no statement", () => {
  expect(updateMany(messages, messages.id, [])).toEqual([]);
  expect(upsertMany(messages, [messages.id], [])).toEqual([]);
  expect(deleteMany(messages, [])).toEqual([]);
});
