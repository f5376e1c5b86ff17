import { expect, test } from "vitest";
import { getLoginProviders, login, startProviderLogin } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { createUser, testPassword as password } from "../../support/worker/fixtures/accounts.ts";
import {
  beginProviderLogin,
  installLoginProvider,
  providerId,
} from "../../support/worker/fixtures/login-provider.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

test("[SO9] without password login, only the owner's password is accepted", async () => {
  const [ann, owner] = [await createUser("ann"), await createUser("owner", { role: "owner" })];
  setWorkerConfig({ PASSWORD_LOGIN: "off" });
  const problems = [];
  for (const given of [password, "wrong"])
    problems.push({
      ...(await expectRejected(login, { body: { login: ann.username, password: given } })),
      requestId: "",
    });
  expect(problems[0]).toMatchObject({ code: "unauthenticated" });
  expect(problems[0]).toEqual(problems[1]);
  await expectOk(login, { body: { login: owner.username, password } });
  expect(await expectOk(getLoginProviders)).toMatchObject({ passwordLogin: false });
});

test("[SO2] over https the cookie of a login belongs to the host alone", async () => {
  await installLoginProvider();
  const { headers } = await callEndpoint(startProviderLogin, { params: { provider: providerId } });
  const [cookie = ""] = headers.getSetCookie();
  expect(cookie).toMatch(/^__Host-parley-login-/);
  for (const attribute of ["Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"])
    expect(cookie).toContain(attribute);
  expect(cookie).not.toMatch(/Domain/i);
  const { state } = await beginProviderLogin();
  expect(cookie).not.toContain(state);
});
