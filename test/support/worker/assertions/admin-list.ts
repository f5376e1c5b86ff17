import { expect } from "vitest";
import type { Endpoint } from "../../../../src/protocol/index.ts";
import { callEndpoint } from "../clients/endpoint-client.ts";
import { createUser, type TestUser } from "../fixtures/accounts.ts";
import { createTokenFor } from "../fixtures/tokens.ts";

/** Checks that only the workspace's owner and admins read a list, and that tokens need the scope `admin`. */
export async function expectForAdminsOnly(endpoint: Endpoint, admin: TestUser): Promise<void> {
  const [member, guest] = await Promise.all([createUser("member"), createUser("guest", { role: "guest" })]);
  expect((await callEndpoint(endpoint)).status).toBe(401);
  for (const as of [member, guest]) {
    const { status, body } = await callEndpoint(endpoint, { as });
    expect([status, body.code]).toEqual([403, "forbidden"]);
  }
  const narrow = await createTokenFor(admin, { scopes: ["read", "write", "files"] });
  expect((await callEndpoint(endpoint, { as: narrow.as })).status).toBe(403);
  const wide = await createTokenFor(admin, { scopes: ["admin"] });
  expect((await callEndpoint(endpoint, { as: wide.as })).status).toBe(200);
  const ofMember = await createTokenFor(member, { scopes: ["admin"] });
  expect((await callEndpoint(endpoint, { as: ofMember.as })).status).toBe(403);
}

const foreignCursors = ["x", "%00", "bnVsbA", "eyJhIjoxfQ", "WzEsMl0", "W251bGwsbnVsbF0", "a".repeat(600)];

/** Checks that invalid parameters of a list are rejected by name. */
export async function expectHostileQueriesRejected(
  endpoint: Endpoint,
  as: TestUser,
  further: Record<string, string>[] = [],
): Promise<void> {
  const queries = [
    ...foreignCursors.map((cursor) => ({ cursor })),
    ...["0", "101", "-1", "1.5", "x", ""].map((limit) => ({ limit })),
    { unknown: "1" },
    ...further,
  ];
  for (const query of queries) {
    const { status, body } = await callEndpoint(endpoint, { as, query });
    expect([query, status, body.code]).toEqual([query, 400, "validation_failed"]);
  }
}

/** Reads all pages of a list with this limit, and checks the length of each page. */
export async function readPages<Item>(
  endpoint: Endpoint,
  as: TestUser,
  limit: number,
  query: Record<string, string> = {},
): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const { status, body, text } = await callEndpoint(endpoint, {
      as,
      query: { ...query, limit, ...(cursor && { cursor }) },
    });
    expect(status, text).toBe(200);
    if (body.nextCursor !== null) expect(body.items).toHaveLength(limit);
    items.push(...body.items);
    cursor = body.nextCursor;
  }
  return items;
}
