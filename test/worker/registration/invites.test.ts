import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeAll, expect, test } from "vitest";
import { accountDatabase, invites, users } from "../../../src/db/index.ts";
import { login, register } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { callRest } from "../../support/worker/clients/rest-client.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import { openMailbox, setMailerConfig, tokenIn } from "../../support/worker/fakes/mailbox.ts";
import { createUser, createUsers, testPassword } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createInviteBy } from "../../support/worker/fixtures/mail-tokens.ts";
import { setHubConfig } from "../../support/worker/objects/hub-object.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

beforeAll(async () => {
  await createUser("owner", { role: "owner" });
});

let count = 0;
const fresh = (inviteToken: string) => {
  const username = `guest-${++count}`;
  return { email: `${username}@outside.test`, username, password: testPassword, inviteToken };
};
const usesOf = async (id: string) =>
  (await accountDatabase(env).select().from(invites).where(eq(invites.id, id)).get())!.uses;

test("[IV3] only admins invite, unless INVITES_BY says members; never guests", async () => {
  const admin = await createUser("boss", { role: "admin" });
  const [member] = await createUsers("member");
  const guest = await createUser("visitor", { role: "guest" });
  const tryAs = async (user: typeof admin) => (await user.call("POST", "/v1/invites", {})).status;
  expect([await tryAs(admin), await tryAs(member!), await tryAs(guest)]).toEqual([201, 403, 403]);
  setWorkerConfig({ INVITES_BY: "members" });
  expect([await tryAs(admin), await tryAs(member!), await tryAs(guest)]).toEqual([201, 201, 403]);
});

test("[IV3] members see and revoke own invites, admins all but their channels", async () => {
  setWorkerConfig({ INVITES_BY: "members" });
  const admin = await createUser("boss", { role: "admin" });
  const [ann, bob] = await createUsers("ann", "bob");
  const channelId = await createChannelFor(ann!, [], { isPrivate: true });
  const { invite } = await createInviteBy(ann!, { channelIds: [channelId] });
  const listed = async (user: typeof admin) =>
    (await user.call("GET", "/v1/invites")).body.items.find(({ id }: { id: string }) => id === invite.id);
  expect(await listed(ann!)).toMatchObject({ channelIds: [channelId], state: "active", uses: 0 });
  expect(await listed(bob!)).toBeUndefined();
  expect(await listed(admin)).toMatchObject({ channelIds: [] });
  expect((await bob!.call("DELETE", `/v1/invites/${invite.id}`)).status).toBe(404);
  expect((await admin.call("DELETE", `/v1/invites/${invite.id}`)).status).toBe(204);
  expect((await ann!.call("DELETE", `/v1/invites/${invite.id}`)).status).toBe(204);
  expect(await listed(ann!)).toMatchObject({ state: "revoked" });
});

test("[IV3] an invite names only channels of which its creator is a member", async () => {
  const admin = await createUser("boss", { role: "admin" });
  const [ann] = await createUsers("ann");
  const hidden = await createChannelFor(ann!, [], { isPrivate: true });
  const { body: dm } = await admin.call("POST", "/v1/dms", { userIds: [ann!.userId] });
  for (const channelId of [hidden, dm.id, "chn_01M8GFARZ9G15DD56ZNRDJRWG3"])
    expect((await admin.call("POST", "/v1/invites", { channelIds: [channelId] })).status).toBe(404);
});

test("[IV3] expiry, uses and bound addresses have bounds", async () => {
  const admin = await createUser("boss", { role: "admin" });
  const bodies = [
    { expiresAt: new Date(Date.now() - 1_000).toISOString() },
    { expiresAt: new Date(Date.now() + 91 * 24 * 3_600_000).toISOString() },
    { maxUses: 0 },
    { maxUses: 1_001 },
    { maxUses: 2, email: "a@b.test" },
    { role: "admin" },
    { role: "owner" },
  ];
  for (const body of bodies)
    expect((await admin.call("POST", "/v1/invites", body)).status, JSON.stringify(body)).toBe(400);
  setWorkerConfig({ REGISTRATION: "closed" });
  expect((await admin.call("POST", "/v1/invites", {})).status).toBe(409);
});

test("[IV4] of 50 parallel registrations with one invite, exactly maxUses succeed", async () => {
  const admin = await createUser("boss", { role: "admin" });
  setWorkerConfig({ REGISTRATION: "invite" });
  for (const [maxUses, tries] of [
    [1, 50],
    [3, 20],
  ] as const) {
    const { invite, token } = await createInviteBy(admin, { maxUses });
    const answers = await Promise.all(
      Array.from({ length: tries }, () => callEndpoint(register, { body: fresh(token) })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(maxUses);
    // 503: the queue of the password hasher was full.
    for (const status of statuses) expect([201, 403, 503]).toContain(status);
    expect(await usesOf(invite.id)).toBe(maxUses);
    expect(await accountDatabase(env).select().from(users).where(eq(users.inviteId, invite.id))).toHaveLength(
      maxUses,
    );
  }
});

test("[IV4] a registration that fails for a taken name spends no use", async () => {
  const admin = await createUser("boss", { role: "admin" });
  const { invite, token } = await createInviteBy(admin);
  const body = { ...fresh(token), username: admin.username };
  expect((await callEndpoint(register, { body })).status).toBe(409);
  expect(await usesOf(invite.id)).toBe(0);
  expect((await callEndpoint(register, { body: fresh(token) })).status).toBe(201);
});

test("[IV7] the new user has the role, and is in the channels with the first answer", async () => {
  const admin = await createUser("boss", { role: "admin" });
  const channelIds = [await createChannelFor(admin), await createChannelFor(admin, [], { isPrivate: true })];
  const { token } = await createInviteBy(admin, { channelIds, role: "guest" });
  const { user, tokens } = await expectOk(register, { body: fresh(token) });
  expect(user.role).toBe("guest");
  for (const channelId of channelIds)
    expect((await callRest("GET", `/v1/channels/${channelId}`, { token: tokens.accessToken })).status).toBe(
      200,
    );
});

test("[IV7] after a crash behind the write, the next login joins the channels", async () => {
  const admin = await createUser("boss", { role: "admin" });
  const channelId = await createChannelFor(admin, [], { isPrivate: true });
  const { invite, token } = await createInviteBy(admin, { channelIds: [channelId] });
  const body = fresh(token);
  crashOnceAt("account:after-invite");
  await callEndpoint(register, { body }).catch(() => {});
  expect(await usesOf(invite.id)).toBe(1);
  const credentials = { login: body.username, password: body.password };
  const { tokens } = (await callEndpoint(login, { body: credentials })).body;
  await eventually(
    async () =>
      (await callRest("GET", `/v1/channels/${channelId}`, { token: tokens.accessToken })).status === 200,
  );
});

test("[IV7] a channel that the inviter has left is skipped", async () => {
  const admin = await createUser("boss", { role: "admin" });
  const [ann] = await createUsers("ann");
  const left = await createChannelFor(ann!, [admin], { isPrivate: true });
  const kept = await createChannelFor(admin, [], { isPrivate: true });
  const { token } = await createInviteBy(admin, { channelIds: [left, kept] });
  await admin.call("POST", `/v1/channels/${left}/leave`);
  const { tokens } = await expectOk(register, { body: fresh(token) });
  const statusOf = async (id: string) =>
    (await callRest("GET", `/v1/channels/${id}`, { token: tokens.accessToken })).status;
  expect([await statusOf(left), await statusOf(kept)]).toEqual([404, 200]);
});

test("[IV8] a bound invite is mailed; the address is confirmed, if an admin invited", async () => {
  const mailbox = await openMailbox();
  setWorkerConfig({ INVITES_BY: "members" });
  await setMailerConfig({ INVITES_BY: "members" });
  const admin = await createUser("boss", { role: "admin" });
  const [member] = await createUsers("member");
  for (const [inviter, isConfirmed] of [
    [admin, true],
    [member!, false],
  ] as const) {
    const email = `invited-${++count}@outside.test`;
    const { token, url } = await createInviteBy(inviter, { email });
    const mail = await mailbox.mailTo(email);
    expect(tokenIn(mail)).toBe(token);
    expect(url).toBe(`https://parley.test/invite#token=${token}`);
    const { user } = await expectOk(register, { body: { ...fresh(token), email } });
    expect(user.emailConfirmed).toBe(isConfirmed);
  }
});

test("[IV9] a preview names workspace and inviter, and nothing of an unusable invite", async () => {
  const admin = await createUser("boss", { role: "admin" });
  const { invite, token } = await createInviteBy(admin);
  const preview = (given: string) => callRest("POST", "/v1/invites/preview", { body: { token: given } });
  expect((await preview(token)).body).toMatchObject({
    workspace: "Parley",
    invitedBy: "boss",
    role: "member",
    bindsEmail: false,
  });
  await admin.call("DELETE", `/v1/invites/${invite.id}`);
  for (const given of [token, `${invite.id}.x`, "x"]) expect((await preview(given)).status).toBe(404);
});

test("[IV1] the invites of a suspended user cannot be used", async () => {
  const admin = await createUser("boss", { role: "admin" });
  const { token } = await createInviteBy(admin);
  const setActive = (active: boolean) =>
    accountDatabase(env).update(users).set({ active }).where(eq(users.id, admin.userId));
  await setActive(false);
  expect((await callEndpoint(register, { body: fresh(token) })).status).toBe(403);
  expect((await callRest("POST", "/v1/invites/preview", { body: { token } })).status).toBe(404);
  await setActive(true);
  expect((await callEndpoint(register, { body: fresh(token) })).status).toBe(201);
});

test("[IV10] invites are limited to the hourly quota", async () => {
  const admin = await createUser("boss", { role: "admin" });
  await setHubConfig(admin.userId, { USER_INVITES_PER_HOUR: 100 });
  const statuses: number[] = [];
  for (let made = 0; made < 55; made++) statuses.push((await admin.call("POST", "/v1/invites", {})).status);
  expect(statuses.filter((status) => status === 201).length).toBeLessThanOrEqual(51);
  expect(statuses.at(-1)).toBe(429);
});
