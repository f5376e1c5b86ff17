import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { changePassword, login } from "../../../src/protocol/index.ts";
import {
  createSession,
  createUser,
  testPassword,
  type TestUser,
} from "../../support/worker/fixtures/accounts.ts";

interface Entry {
  action: string;
  actor_id: string | null;
  object_id: string | null;
  detail: string | null;
  address_prefix: string;
}

/** Returns the entries about an object, oldest first, once there are as many as expected. */
async function entriesOf(objectId: string, count: number): Promise<Entry[]> {
  let found: Entry[] = [];
  await eventually(async () => {
    const { results } = await env.DB.prepare("SELECT * FROM audit_entries WHERE object_id = ? ORDER BY id")
      .bind(objectId)
      .all<Entry>();
    found = results;
    return found.length >= count;
  }, "the audit entries");
  expect(found).toHaveLength(count);
  return found;
}

const briefly = ({ action, actor_id, detail }: Entry) => [action, actor_id, detail && JSON.parse(detail)];

test("[GU12] changes of roles, suspensions and transfers are in the audit log", async () => {
  const owner = await createUser("owner", { role: "owner" });
  const [admin, ann] = [await createUser("admin", { role: "admin" }), await createUser("ann")];
  const change = (by: TestUser, body: object) => by.call("PATCH", `/v1/users/${ann.userId}`, body);
  await change(admin, { role: "guest" });
  await change(admin, { role: "guest" });
  await change(ann, { role: "admin" });
  await change(admin, { role: "member", active: false });
  await change(admin, { active: true });
  await change(owner, { role: "owner" });
  expect((await entriesOf(ann.userId, 5)).map(briefly)).toEqual([
    ["account.update_role", admin.userId, { from: "member", to: "guest" }],
    ["account.update_role", admin.userId, { from: "guest", to: "member" }],
    ["account.suspend", admin.userId, null],
    ["account.reactivate", admin.userId, null],
    ["account.transfer_ownership", owner.userId, { from: "member", to: "owner" }],
  ]);
});

test("[GU12] logins, ends of sessions and new passwords are in the audit log", async () => {
  const ann = await createUser("ann");
  const headers = { "CF-Connecting-IP": "192.0.2.77" };
  const attempt = (password: string) =>
    callEndpoint(login, { body: { login: ann.username, password }, headers });
  await attempt("wrong password");
  await attempt(testPassword);
  const other = await createSession(ann);
  await ann.call("DELETE", `/v1/auth/sessions/${other.sessionId}`);
  await expectOk(changePassword, {
    as: ann,
    body: { currentPassword: testPassword, newPassword: "another long one" },
  });
  await ann.call("DELETE", "/v1/auth/sessions");
  const entries = await entriesOf(ann.userId, 4);
  expect(entries.map(briefly)).toEqual([
    ["session.reject", null, null],
    ["session.begin", ann.userId, { method: "password" }],
    ["account.change_password", ann.userId, null],
    ["session.end", ann.userId, { all: true }],
  ]);
  expect(entries[0]!.address_prefix).toBe("192.0.2.0/24");
  expect((await entriesOf(other.sessionId, 1)).map(briefly)).toEqual([["session.end", ann.userId, null]]);
  const text = JSON.stringify(entries);
  for (const secret of ["wrong password", testPassword, "another long one"])
    expect(text).not.toContain(secret);
});
