import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { accountDatabase } from "../../../src/db/index.ts";
import { findUser } from "../../../src/features/users/index.ts";
import { getMe, getUser, updateMe } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { createUser, createUsers } from "../../support/worker/fixtures/accounts.ts";

const rowOf = (userId: string) => findUser(accountDatabase(env), userId);

describe("getMe", () => {
  test("shows one's own profile with e-mail, with no-store", async () => {
    const ann = await createUser("ann");
    const { status, body, headers } = await callEndpoint(getMe, { as: ann });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: ann.userId,
      username: ann.username,
      email: `${ann.username}@parley.test`,
      role: "member",
      active: true,
    });
    expect(headers.get("Cache-Control")).toBe("no-store");
  });

  test("rejects a request without a token", async () => {
    expect(await expectRejected(getMe)).toMatchObject({ code: "unauthenticated" });
  });
});

describe("updateMe", () => {
  test("changes only the given fields", async () => {
    const ann = await createUser("ann");
    const named = { displayName: "Ann Ä. 👩‍🚀", timeZone: "Europe/Berlin" };
    expect(await expectOk(updateMe, { as: ann, body: named })).toMatchObject(named);
    expect(await expectOk(updateMe, { as: ann, body: { timeZone: null } })).toMatchObject({
      ...named,
      timeZone: null,
    });
    expect(await expectOk(updateMe, { as: ann, body: {} })).toEqual(await expectOk(getMe, { as: ann }));
  });

  test.each([
    [{ displayName: "" }, "displayName"],
    [{ displayName: "x".repeat(81) }, "displayName"],
    [{ displayName: "a\0b" }, "displayName"],
    [{ timeZone: "Middle/Earth" }, "timeZone"],
    [{ role: "owner" }, ""],
    [{ email: "new@example.test" }, ""],
    [{ rev: 7, passwordHash: "x" }, ""],
  ])("rejects %j and changes nothing", async (body, path) => {
    const ann = await createUser("ann");
    const before = await rowOf(ann.userId);
    const problem = await expectRejected(updateMe, { as: ann, body });
    expect(problem).toMatchObject({ code: "validation_failed", issues: [expect.objectContaining({ path })] });
    expect(await rowOf(ann.userId)).toEqual(before);
  });

  test("changes nothing without a live session", async () => {
    expect(await expectRejected(updateMe, { body: { displayName: "x" } })).toMatchObject({
      code: "unauthenticated",
    });
  });
});

describe("getUser", () => {
  test("shows another user without their e-mail", async () => {
    const [ann, bob] = await createUsers("ann", "bob");
    const shown = await expectOk(getUser, { as: ann, params: { userId: bob!.userId } });
    expect(shown).toMatchObject({ id: bob!.userId, username: bob!.username });
    expect(JSON.stringify(shown)).not.toContain("@");
  });

  test("gives the same error for an unknown and a malformed id", async () => {
    const ann = await createUser("ann");
    for (const userId of [newId("usr"), newId("chn"), "you", "%00"]) {
      expect(await expectRejected(getUser, { as: ann, params: { userId } })).toMatchObject({
        code: "not_found",
      });
    }
  });

  test("rejects a request without a token", async () => {
    expect(await expectRejected(getUser, { params: { userId: newId("usr") } })).toMatchObject({
      code: "unauthenticated",
    });
  });
});
