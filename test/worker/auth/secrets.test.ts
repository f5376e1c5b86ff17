import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { configOf } from "../../../src/config.ts";
import { changePassword, getMe, login, refreshToken, register } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { logIn } from "../../support/worker/clients/log-in.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { hubStub, hubTables } from "../../support/worker/objects/hub-object.ts";

afterEach(() => vi.restoreAllMocks());

/** Returns everything that the hub and D1 store, as one text. */
async function allThatIsStored(userId: string): Promise<string> {
  const parts: unknown[] = [];
  for (const table of await hubTables(userId)) {
    parts.push(
      await runInDurableObject(hubStub(userId), (_, { storage }) =>
        storage.sql.exec(`SELECT * FROM ${table}`).toArray(),
      ),
    );
  }
  const tables = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'",
  ).all<{ name: string }>();
  for (const { name } of tables.results)
    parts.push((await env.DB.prepare(`SELECT * FROM "${name}"`).all()).results);
  return JSON.stringify(parts);
}

const password = "never to be seen again";

test("[AC6] no token, MAC, key or password is stored", async () => {
  const begun = await expectOk(register, { body: { email: "ann@parley.test", username: "ann", password } });
  const rotated = await expectOk(refreshToken, { body: { refreshToken: begun.tokens.refreshToken } });
  const again = await logIn({ login: "ann", password });
  await expectOk(changePassword, {
    as: { token: again.tokens.accessToken },
    body: { currentPassword: password, newPassword: `${password}!` },
  });
  const stored = await allThatIsStored(begun.user.id);
  expect(stored).toContain("ann@parley.test");
  expect(stored).toContain('"generation"');
  const { JWT_SIGNING_KEY, REFRESH_TOKEN_KEY } = configOf(env);
  const secrets = [password, REFRESH_TOKEN_KEY, (JSON.parse(JWT_SIGNING_KEY) as { d: string }).d];
  // The other parts of a refresh token are ids.
  for (const { accessToken, refreshToken: refresh } of [begun.tokens, rotated.tokens, again.tokens])
    secrets.push(...accessToken.split("."), refresh.split(".")[3]!);
  for (const secret of secrets) {
    expect(stored).not.toContain(secret);
    // Parts of it must not appear either.
    expect(stored).not.toContain(secret.slice(4, 24));
  }
});

test("[ER4] logs contain no token, password, e-mail or address", async () => {
  const lines: string[] = [];
  for (const method of ["log", "info", "warn", "error", "debug"] as const)
    vi.spyOn(console, method).mockImplementation((...parts) => void lines.push(parts.map(String).join(" ")));
  const headers = { "CF-Connecting-IP": "203.0.113.77" };
  const begun = await expectOk(register, {
    body: { email: "log@parley.test", username: "log.reader", password },
    headers,
  });
  await callEndpoint(register, {
    body: { email: "log@parley.test", username: "log.reader", password },
    headers,
  });
  await callEndpoint(login, { body: { login: "log@parley.test", password: `${password}?` }, headers });
  await callEndpoint(refreshToken, { body: { refreshToken: `${begun.tokens.refreshToken.slice(0, -2)}AA` } });
  await callEndpoint(getMe, { as: { token: begun.tokens.accessToken } });
  await callEndpoint(getMe, {
    as: { token: `${begun.tokens.accessToken}x` },
    query: { access_token: begun.tokens.accessToken },
  });
  vi.spyOn(env.DB, "prepare").mockImplementation(() => {
    throw new Error("D1_ERROR: no answer");
  });
  await callEndpoint(login, { body: { login: "log@parley.test", password } });
  vi.restoreAllMocks();
  expect(lines.length).toBeGreaterThanOrEqual(7);
  const text = lines.join("\n");
  for (const secret of [
    password,
    "log@parley.test",
    "203.0.113",
    begun.tokens.refreshToken.split(".")[3]!,
    ...begun.tokens.accessToken.split("."),
  ])
    expect(text).not.toContain(secret);
});

test("without D1 account requests are unavailable; existing sessions continue", async () => {
  const ann = await createUser("ann");
  const channelId = await createChannelFor(ann);
  await evictDurableObject(hubStub(ann.userId));
  vi.spyOn(env.DB, "prepare").mockImplementation(() => {
    throw new Error("D1_ERROR: no answer");
  });
  const answers = [
    await callEndpoint(register, { body: { email: "x@parley.test", username: "xx", password } }),
    await callEndpoint(login, { body: { login: "ann", password } }),
    await callEndpoint(getMe, { as: ann }),
  ];
  expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
    answers.map(() => [503, "unavailable"]),
  );
  expect(await expectOk(refreshToken, { body: { refreshToken: ann.refreshToken } })).toMatchObject({
    tokens: { tokenType: "Bearer" },
  });
  (await ann.connect(channelId)).close();
});
