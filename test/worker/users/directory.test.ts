import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { accountDatabase } from "../../../src/db/index.ts";
import { byDisplayName, byUsername } from "../../../src/features/users/directory.ts";
import { getUsers, updateMe, type User } from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";

let me: TestUser;

/** Usernames are the first names in lower case with a number appended; these are the display names. */
const displayNames = ["Zoë", "Anna Über", "Ann", "annika", "Straße", "Bob Ann", "👩‍🚀 Ann", "Ａｎｎｅ"];

beforeAll(async () => {
  me = await createUser("me");
  for (const [index, displayName] of displayNames.entries()) {
    const someone = await createUser(index < 4 ? "ann" : "zed");
    await expectOk(updateMe, { as: someone, body: { displayName } });
  }
});

async function allPages(query: { query?: string }, limit: number): Promise<User[]> {
  const found: User[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: User[]; nextCursor: string | null } = await expectOk(getUsers, {
      as: me,
      query: { ...query, limit, ...(cursor && { cursor }) },
    });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  return found;
}

const shown = (users: User[]) => users.map(({ displayName }) => displayName);

describe("getUsers", () => {
  test("lists each user once, by username, for any page size", async () => {
    const whole = await allPages({}, 100);
    expect(whole).toHaveLength(displayNames.length + 1);
    expect(whole.map(({ username }) => username)).toEqual(whole.map(({ username }) => username).toSorted());
    for (const limit of [1, 2, 3, 9]) expect(await allPages({}, limit)).toEqual(whole);
  });

  test("returns up to 200 users by id in that order; unknown ids are left out", async () => {
    const whole = await allPages({}, 100);
    const unknown = Array.from({ length: 190 }, (_, index) => `usr_${String(index).padStart(26, "0")}`);
    const wanted = whole.slice(0, 4).toReversed();
    const ids = [...unknown, ...wanted.map(({ id }) => id), me.userId, me.userId].join(",");
    const found = await expectOk(getUsers, { as: me, query: { ids, limit: 1 } });
    expect(found.nextCursor).toBeNull();
    expect(found.items.slice(0, 4)).toEqual(wanted);
    expect(found.items.map(({ id }) => id)).toEqual([...wanted.map(({ id }) => id), me.userId]);
    expect(JSON.stringify(found)).not.toContain("email");
    const tooMany = Array.from({ length: 201 }, (_, index) => `usr_${String(index).padStart(26, "0")}`);
    const wrong: Record<string, string>[] = [
      { ids: tooMany.join(",") },
      { ids: "" },
      { ids: "usr_1" },
      { ids: `${me.userId},` },
      { ids: me.userId, query: "ann" },
    ];
    for (const query of wrong)
      expect(await expectRejected(getUsers, { as: me, query })).toMatchObject({ code: "validation_failed" });
  });

  test("matches prefixes of the username, then of the display name, each user once", async () => {
    const found = await allPages({ query: "ann" }, 100);
    expect(shown(found)).toEqual(["Zoë", "Anna Über", "Ann", "annika", "Ａｎｎｅ"]);
    for (const limit of [1, 2, 4, 5]) expect(await allPages({ query: "ann" }, limit)).toEqual(found);
  });

  test.each([
    ["ANNI", ["annika"]],
    ["STRASS", ["Straße"]],
    ["zoË", ["Zoë"]],
    ["anna ü", ["Anna Über"]],
    ["👩‍🚀", ["👩‍🚀 Ann"]],
    ["%", []],
    ["_nn", []],
    ["nobody", []],
  ])("finds %s regardless of case and width, and supports no wildcards", async (query, names) => {
    expect(shown(await allPages({ query }, 100))).toEqual(names);
  });

  test("shows no e-mail and finds no user by it", async () => {
    expect(JSON.stringify(await allPages({}, 100))).not.toContain("@");
    expect(await allPages({ query: `${me.username}@` }, 100)).toEqual([]);
  });

  test.each<Record<string, string | number>>([
    { cursor: "x" },
    { cursor: "eyJhIjoxfQ" },
    { limit: 0 },
    { limit: 101 },
    { limit: "ten" },
    { query: "" },
    { sort: "name" },
  ])("rejects %j", async (query) => {
    expect(await expectRejected(getUsers, { as: me, query })).toMatchObject({ code: "validation_failed" });
  });

  test("rejects a request without a token", async () => {
    expect(await expectRejected(getUsers)).toMatchObject({ code: "unauthenticated" });
  });

  test("reads ranges of indexes: no scan, no sort", async () => {
    const db = accountDatabase(env);
    const reader = { userId: me.userId, isGuest: false };
    const queries = [
      byUsername(db, "", undefined, 51, reader),
      byUsername(db, "an", "ann", 51, reader),
      byDisplayName(db, "an", undefined, 51, reader),
      byDisplayName(db, "an", { displayName: "ann", id: "usr_0" }, 51, reader),
    ];
    for (const query of queries) {
      const { sql, params } = query.toSQL();
      const plan = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .bind(...params)
        .all<{ detail: string }>();
      const details = plan.results.map(({ detail }) => detail).join("; ");
      expect(details).toMatch(/^SEARCH users USING INDEX users_(username|display_name)_key \(.*>.*\)$/);
    }
  });
});
