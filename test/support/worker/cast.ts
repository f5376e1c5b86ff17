import { env } from "cloudflare:workers";
import { configOf } from "../../../src/config.ts";
import { unwrap } from "../../../src/rpc/rpc-result.ts";
import { newId } from "../../../src/lib/ids.ts";
import { hubOf } from "../../../src/rpc/stubs.ts";
import { accounts, users } from "../../../src/db/index.ts";
import { foldKey } from "../../../src/text/fold-key.ts";
import { accessTokens } from "../../../src/http/access-tokens.ts";
import type { WorkspaceRole } from "../../../src/protocol/index.ts";
import { type RestResponse, callRest } from "./request.ts";
import { connectChannel, type TestSocket } from "./socket.ts";

let made = 0;

/** Everybody's password, and what scrypt made of it. */
export const testPassword = "correct horse battery";
const testHash = "$scrypt$ln=14,r=8,p=5$cGFybGV5LXRlc3Qtc2FsdA$XHQR8pZJtwe8iy33+s8KAWXqq1HCkOGG9gYkPSq3yW0";

/** A person with an account, a live session and a token. Made by rows: a registration costs 0.1 s of scrypt. */
export interface TestUser {
  userId: string;
  username: string;
  sessionId: string;
  /** An access token. */
  token: string;
  refreshToken: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<RestResponse>;
  connect(channelId: string, query?: string): Promise<TestSocket>;
}

export async function createUser(
  name = "user",
  { role = "member" }: { role?: WorkspaceRole } = {},
): Promise<TestUser> {
  const userId = newId("usr");
  const username = `${name}-${++made}`;
  const email = `${username}@parley.test`;
  await accounts(env)
    .insert(users)
    .values({
      id: userId,
      email,
      emailKey: foldKey(email),
      username,
      usernameKey: foldKey(username),
      displayName: name,
      displayNameKey: foldKey(name),
      role,
      passwordHash: testHash,
      createdAt: Date.now(),
    });
  return createSession({ userId, username, role });
}

/** Another session of the same person: another device. */
export async function createSession({
  userId,
  username,
  role = "member",
}: {
  userId: string;
  username: string;
  role?: WorkspaceRole;
}): Promise<TestUser> {
  const account = { userId, username, role, active: true, rev: 1, credentialVersion: 1 };
  const { sessionId, generation, refreshToken } = unwrap(
    await hubOf(env, userId).createSession({ account, device: "test", addressPrefix: "192.0.2.0/24" }),
  );
  const token = await accessTokens(configOf(env)).issue({ userId, sessionId, generation });
  return {
    userId,
    username,
    sessionId,
    token,
    refreshToken,
    call: (method, path, body, headers) => callRest(method, path, { token, body, ...(headers && { headers }) }),
    connect: (channelId, query) => connectChannel(channelId, token, query),
  };
}

export const createUsers = (...names: string[]): Promise<TestUser[]> =>
  Promise.all(names.map((name) => createUser(name)));

/** A channel of `owner`'s with the others as members. */
export async function createChannelFor(
  owner: TestUser,
  members: readonly TestUser[] = [],
  { isPrivate = false } = {},
): Promise<string> {
  const { body } = await owner.call("POST", "/v1/channels", { name: `channel ${++made}`, isPrivate });
  for (const { userId } of members) await owner.call("POST", `/v1/channels/${body.id}/members`, { userId });
  return body.id as string;
}

export const roomStub = (channelId: string) => env.ROOMS.getByName(channelId);
