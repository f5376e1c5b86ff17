import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { type Config, configOf } from "../../../src/config.ts";
import { AppError } from "../../../src/errors/app-error.ts";
import { accountDatabase, users } from "../../../src/db/index.ts";
import { register } from "../../../src/features/auth/register.ts";
import { register as endpoint } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";

let count = 0;
const fresh = (more: object = {}) => {
  const username = `first-${++count}`;
  return { email: `${username}@parley.test`, username, password: "a good password", ...more };
};

const setupToken = "the-one-for-this-test";
const production = (): Config => ({ ...configOf(env), ENVIRONMENT: "production", SETUP_TOKEN: setupToken });
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: unknown) => (error instanceof AppError ? error.code : error),
  );

beforeEach(async () => {
  await accountDatabase(env).delete(users);
});

describe("on a local server", () => {
  test("[AC2] the first user becomes the workspace's owner, the second a member", async () => {
    expect(await expectOk(endpoint, { body: fresh() })).toMatchObject({ user: { role: "owner" } });
    expect(await expectOk(endpoint, { body: fresh() })).toMatchObject({ user: { role: "member" } });
  });

  test("[AC2] of ten concurrent first users one is owner; all get an account", async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => callEndpoint(endpoint, { body: fresh() })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(10).fill(201));
    expect(answers.map(({ body }) => body.user.role).toSorted()).toEqual([
      ...Array<string>(9).fill("member"),
      "owner",
    ]);
  });
});

describe("in production", () => {
  test("[AC2] the first account requires the setup token and becomes owner", async () => {
    expect(await register(env, production(), "192.0.2.1", fresh({ setupToken }))).toMatchObject({
      role: "owner",
    });
    expect(await register(env, production(), "192.0.2.1", fresh())).toMatchObject({ role: "member" });
  });

  test.each([undefined, "", "the-one-for-this-tesT", `${setupToken} `])(
    "[AC2] without an owner, registration with the setup token %j is rejected",
    async (wrong) => {
      expect(await codeOf(register(env, production(), "192.0.2.1", fresh({ setupToken: wrong })))).toBe(
        "forbidden",
      );
      expect(await accountDatabase(env).select().from(users)).toEqual([]);
    },
  );

  test("without a configured setup token every token is wrong", async () => {
    const config: Config = { ...production(), SETUP_TOKEN: undefined };
    for (const given of [undefined, "", "undefined", setupToken])
      expect(await codeOf(register(env, config, "192.0.2.1", fresh({ setupToken: given })))).toBe(
        "forbidden",
      );
  });

  test("the setup token makes no second owner", async () => {
    await register(env, production(), "192.0.2.1", fresh({ setupToken }));
    expect(await register(env, production(), "192.0.2.1", fresh({ setupToken }))).toMatchObject({
      role: "member",
    });
  });

  test("[AC2] of two concurrent uses of the setup token, one makes an owner", async () => {
    const both = await Promise.all(
      [0, 1].map(() => register(env, production(), "192.0.2.1", fresh({ setupToken }))),
    );
    expect(both.map((row) => row?.role).toSorted()).toEqual(["member", "owner"]);
  });
});
