import { beforeAll, expect, test } from "vitest";
import { deactivateBot, getUserByEmail, getUsers, updateUser } from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createBotFor, createTokenFor } from "../../support/worker/fixtures/tokens.ts";
import { setHubConfig } from "../../support/worker/objects/hub-object.ts";

let ann: TestUser;
let admin: TestUser;
let bot: Awaited<ReturnType<typeof createBotFor>>;

beforeAll(async () => {
  [ann] = (await createUsers("ann")) as [TestUser];
  admin = await createUser("admin", { role: "admin" });
  bot = await createBotFor(admin, { scopes: ["read", "users:email"] });
});

const emailOf = ({ username }: TestUser) => `${username}@parley.test`;
const codeOf = async (as: { token: string }, email = emailOf(ann)) =>
  (await expectRejected(getUserByEmail, { as, query: { email } })).code;

test("[UL1] a bot with the scope users:email finds a user by e-mail address", async () => {
  for (const email of [emailOf(ann), emailOf(ann).toUpperCase()]) {
    const found = await expectOk(getUserByEmail, { as: bot.as, query: { email } });
    expect(found.id).toBe(ann.userId);
    expect(found).not.toHaveProperty("email");
  }
  const again = await expectOk(getUsers, { as: bot.as, query: { ids: ann.userId } });
  expect(again.items.map(({ id }) => id)).toEqual([ann.userId]);
  for (const email of ["none@parley.test", "x", ""])
    expect(await codeOf(bot.as, email)).toBe(email.includes("@") ? "not_found" : "validation_failed");
});

test("[UL1] suspended users are not found", async () => {
  const gone = await createUser("gone");
  await expectOk(updateUser, { as: admin, params: { userId: gone.userId }, body: { active: false } });
  expect(await codeOf(bot.as, emailOf(gone))).toBe("not_found");
});

test("[UL2] members, and bots without the scope, learn nothing about an address", async () => {
  const member = await createTokenFor(ann, { scopes: ["read", "users:email"] });
  const plain = await createBotFor(admin, { scopes: ["read", "write", "files", "admin"] });
  const restricted = await createBotFor(admin, {
    scopes: ["read", "users:email"],
    channelIds: [`chn_${"0".repeat(26)}`],
  });
  const guest = await createUser("guest", { role: "guest" });
  for (const as of [ann, member.as, plain.as, restricted.as, guest])
    expect([await codeOf(as), await codeOf(as, "none@parley.test")]).toEqual(["forbidden", "forbidden"]);
  expect((await expectOk(getUserByEmail, { as: admin, query: { email: emailOf(ann) } })).id).toBe(ann.userId);
  const adminToken = await createTokenFor(admin, { scopes: ["read", "users:email"] });
  expect(await codeOf(adminToken.as), "acts as a member").toBe("forbidden");
});

test("[UL2] look-ups are limited for each user, found or not", async () => {
  const other = await createBotFor(admin, { scopes: ["users:email"] });
  await setHubConfig(other.user.id, { USER_EMAIL_LOOKUPS_PER_HOUR: 4 });
  expect([await codeOf(other.as, "a@parley.test"), await codeOf(other.as, "b@parley.test")]).toEqual([
    "not_found",
    "not_found",
  ]);
  expect(await codeOf(other.as)).toBe("rate_limited");
  await expectOk(deactivateBot, { as: admin, params: { userId: other.user.id } });
  expect(await codeOf(other.as)).toBe("unauthenticated");
});
