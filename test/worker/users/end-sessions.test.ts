import { expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { endUserSessions, getMe } from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { createSession, createUser } from "../../support/worker/fixtures/accounts.ts";

test("[AC4] an admin ends all sessions of a user, who can log in again", async () => {
  const [admin, ann] = [await createUser("admin", { role: "admin" }), await createUser("ann")];
  const phone = await createSession(ann);
  const socket = await ann.connect((await expectOwnChannel(ann)).id);
  for (let repeat = 0; repeat < 2; repeat++)
    await expectOk(endUserSessions, { as: admin, params: { userId: ann.userId } });
  for (const as of [ann, phone])
    expect(await expectRejected(getMe, { as })).toMatchObject({ code: "unauthenticated" });
  expect(await socket.closed).toMatchObject({ code: 4401 });
  expect(await expectOk(getMe, { as: await createSession(ann) })).toMatchObject({ id: ann.userId });
});

test("[AC4] members cannot end others' sessions, nor admins the owner's", async () => {
  const [ann, bob, admin, owner] = [
    await createUser("ann"),
    await createUser("bob"),
    await createUser("admin", { role: "admin" }),
    await createUser("owner", { role: "owner" }),
  ];
  const attempts = [
    [ann, bob.userId],
    [ann, newId("usr")],
    [admin, owner.userId],
  ] as const;
  for (const [as, userId] of attempts)
    expect(await expectRejected(endUserSessions, { as, params: { userId } })).toMatchObject({
      code: "forbidden",
    });
  expect(
    await expectRejected(endUserSessions, { as: admin, params: { userId: newId("usr") } }),
  ).toMatchObject({
    code: "not_found",
  });
  for (const as of [bob, owner]) expect(await expectOk(getMe, { as })).toMatchObject({ id: as.userId });
});

async function expectOwnChannel(user: Awaited<ReturnType<typeof createUser>>): Promise<{ id: string }> {
  return (await user.call("POST", "/v1/channels", { name: `own ${user.userId}` })).body;
}
