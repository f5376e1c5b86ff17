import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { accountDatabase, users } from "../../../src/db/index.ts";
import { getMe, login, register } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { useProductPasswordCost } from "../../support/worker/fixtures/password-cost.ts";

let count = 0;
const fresh = (more: object = {}) => {
  const username = `new-${++count}`;
  return { email: `${username}@parley.test`, username, password: "a good password", ...more };
};
const rows = () => accountDatabase(env).select().from(users);

describe("register", () => {
  test("creates an account and begins its session", async () => {
    const given = fresh({ username: "Grace.H", displayName: "Grace ☕" });
    const { status, body, headers } = await callEndpoint(register, { body: given });
    expect(status).toBe(201);
    expect(body.user).toMatchObject({
      username: "grace.h",
      displayName: "Grace ☕",
      email: given.email,
      active: true,
      avatarFileId: null,
      timeZone: null,
    });
    expect(body.tokens).toMatchObject({ tokenType: "Bearer", expiresIn: 900 });
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(await expectOk(getMe, { as: { token: body.tokens.accessToken } })).toEqual(body.user);
  });

  test("uses the username if no display name is given", async () => {
    const given = fresh();
    expect(await expectOk(register, { body: given })).toMatchObject({
      user: { displayName: given.username },
    });
  });

  test.each(["username", "email"] as const)(
    "[AC1] rejects a taken %s in any case and names the field",
    async (path) => {
      const given = fresh();
      await expectOk(register, { body: given });
      const problem = await expectRejected(register, { body: fresh({ [path]: given[path].toUpperCase() }) });
      expect(problem).toMatchObject({ code: "conflict", issues: [{ path }] });
    },
  );

  test.each([
    ["email", { email: "nobody" }],
    ["email", { email: `${"x".repeat(250)}@y.test` }],
    ["username", { username: "x" }],
    ["username", { username: "with space" }],
    ["username", { username: "ünicode" }],
    ["password", { password: "short" }],
    ["password", { password: "x".repeat(257) }],
    ["password", { password: "nul\0nul\0nul" }],
    ["displayName", { displayName: "\ud800" }],
    ["", { role: "owner" }],
    ["", { id: "usr_1" }],
  ])("rejects a wrong %s and creates no account", async (path, wrong) => {
    const before = (await rows()).length;
    const problem = await expectRejected(register, { body: fresh(wrong) });
    expect(problem).toMatchObject({ code: "validation_failed", issues: [expect.objectContaining({ path })] });
    expect(await rows()).toHaveLength(before);
  });

  test("[AC1] of twenty concurrent requests for one username, one succeeds", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => callEndpoint(register, { body: fresh({ username: "popular" }) })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array<number>(19).fill(409)]);
    expect(await accountDatabase(env).select().from(users).where(eq(users.username, "popular"))).toHaveLength(
      1,
    );
  });

  test("[AC1] of ten concurrent requests for one e-mail, one succeeds", async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        callEndpoint(register, { body: fresh({ email: at % 2 ? "P@parley.test" : "p@parley.test" }) }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array<number>(9).fill(409)]);
  });

  test("stores the password as a hash with its parameters and its own salt", async () => {
    useProductPasswordCost();
    const [one, two] = [fresh({ password: "the very same" }), fresh({ password: "the very same" })];
    await expectOk(register, { body: one });
    await expectOk(register, { body: two });
    const hashes = (await rows())
      .filter(({ username }) => username === one.username || username === two.username)
      .map((row) => row.passwordHash);
    expect(new Set(hashes).size).toBe(2);
    for (const hash of hashes)
      expect(hash).toMatch(/^\$scrypt\$ln=13,r=8,p=1,t=10\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(JSON.stringify(await rows())).not.toContain("the very same");
  });

  test("accepts a password in every Unicode normalization form", async () => {
    const given = fresh({ password: "Ångström ﬁne" });
    await expectOk(register, { body: given });
    await expectOk(login, { body: { login: given.username, password: "A\u030Angstro\u0308m fine" } });
  });
});
