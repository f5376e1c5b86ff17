import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { accountDatabase, users } from "../../../src/db/index.ts";
import { hashPassword } from "../../../src/password-hasher/scrypt.ts";
import { ScratchCache } from "../../../src/password-hasher/sliced-scrypt.ts";
import { findByLogin, hasOwner } from "../../../src/features/auth/queries.ts";
import { getMe, login } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { createUser, testPassword as password } from "../../support/worker/fixtures/accounts.ts";
import { useProductPasswordCost } from "../../support/worker/fixtures/password-cost.ts";

describe("login", () => {
  test.each([
    (name: string) => name,
    (name: string) => name.toUpperCase(),
    (name: string) => `${name}@parley.test`,
    (name: string) => `${name}@PARLEY.test`,
  ])("begins a session by username or e-mail, in any case (%#)", async (write) => {
    const ann = await createUser("ann");
    const { status, body, headers } = await callEndpoint(login, {
      body: { login: write(ann.username), password },
    });
    expect(status).toBe(200);
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(await expectOk(getMe, { as: { token: body.tokens.accessToken } })).toEqual(body.user);
    expect(body.user.id).toBe(ann.userId);
  });

  test("[AC8] an unknown user, a wrong password and suspension look the same", async () => {
    const [ann, bob] = [await createUser("ann"), await createUser("bob")];
    await accountDatabase(env).update(users).set({ active: false }).where(eq(users.id, bob.userId));
    const problems = [];
    for (const body of [
      { login: "nobody", password },
      { login: "nobody@parley.test", password },
      { login: ann.username, password: `${password} ` },
      { login: ann.username, password: password.toUpperCase() },
      { login: bob.username, password },
    ]) {
      problems.push({ ...(await expectRejected(login, { body })), requestId: "" });
    }
    expect(problems[0]).toMatchObject({ code: "unauthenticated", status: 401 });
    expect(new Set(problems.map((problem) => JSON.stringify(problem))).size).toBe(1);
  });

  test("[AC8] an unknown user takes as long as a wrong password: each costs a hash", async () => {
    useProductPasswordCost();
    const ann = await createUser("ann");
    /** The minimum of several runs, since other processes use this machine as well. */
    const leastMs = async (work: () => Promise<unknown>): Promise<number> => {
      const times: number[] = [];
      for (let count = 0; count < 4; count++) {
        const startedAt = Date.now();
        await work();
        times.push(Date.now() - startedAt);
      }
      return Math.min(...times);
    };
    const attempt = (name: string) => () =>
      expectRejected(login, { body: { login: name, password: "not this one" } });
    const pacing = { pause: async () => {}, isSliced: () => false, scratch: new ScratchCache() };
    const hashMs = await leastMs(() => hashPassword("x", pacing));
    expect(await leastMs(attempt("nobody"))).toBeGreaterThan(hashMs / 2);
    expect(await leastMs(attempt(ann.username))).toBeGreaterThan(hashMs / 2);
  });

  test.each([
    {},
    { login: "ann" },
    { login: "", password },
    { login: "ann", password: "" },
    { login: "ann", password, remember: true },
  ])("rejects the body %j", async (body) => {
    expect(await expectRejected(login, { body })).toMatchObject({ code: "validation_failed" });
  });

  test("never repeats a password in the response", async () => {
    const problem = await expectRejected(login, { body: { login: "ann", password: ["sesame"], sesame: 1 } });
    expect(
      JSON.stringify(
        problem.issues?.map(({ message }) => message).filter((message) => !message.startsWith("Unknown")),
      ),
    ).not.toContain("sesame");
  });

  test("queries D1 only by indexes", async () => {
    const db = accountDatabase(env);
    const statements: string[] = [];
    const spied = {
      prepare: (sql: string) => (statements.push(sql), env.DB.prepare(sql)),
      batch: env.DB.batch.bind(env.DB),
    } as unknown as D1Database;
    const spying = accountDatabase({ ...env, DB: spied } as Env);
    await findByLogin(spying, "ann");
    await findByLogin(spying, "ann@parley.test");
    await hasOwner(spying);
    expect(statements).toHaveLength(3);
    for (const sql of statements) {
      const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .bind(...sql.match(/\?/g)!.map(() => "x"))
        .all<{ detail: string }>();
      expect(results.map(({ detail }) => detail).join("; ")).toMatch(
        /^SEARCH users USING (COVERING )?INDEX users_\w+ \(.*=.*\)$/,
      );
    }
    expect(db).not.toBe(spying);
  });
});
