import { beforeAll, describe, expect, test } from "vitest";
import { readHello } from "../../support/worker/clients/gateway-client.ts";
import { expectProblem, sendRaw } from "../../support/worker/clients/raw-requests.ts";
import { requestUpgrade, TestSocket } from "../../support/worker/clients/socket-client.ts";
import { createUsers } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import {
  createSampleWorkspace,
  type SampleWorkspace,
} from "../../support/worker/fixtures/endpoint-samples.ts";

let workspace: SampleWorkspace;
const pathOf = (channelId: string) => `/v1/channels/${channelId}/realtime`;
beforeAll(async () => {
  workspace = await createSampleWorkspace();
});

describe("[RM14] no client header is used as identity", () => {
  /** Headers that the Worker might send to an object, and those that proxies send. */
  const forged = (victim: { userId: string; sessionId: string }): Record<string, string> => ({
    "X-Parley-Actor": JSON.stringify({
      actor: { userId: victim.userId, sessionId: victim.sessionId, role: "owner" },
      requestId: "req_forged",
      since: "0",
    }),
    "X-Parley-User": victim.userId,
    "X-Parley-Session": victim.sessionId,
    "X-Parley-Role": "owner",
    "X-User-Id": victim.userId,
    "X-Session-Id": victim.sessionId,
    "X-Forwarded-User": victim.userId,
    "X-Request-Id": "req_forged",
    "CF-Worker": "parley.test",
    "Cf-Access-Authenticated-User-Email": "ann@parley.test",
    Origin: "http://localhost:5173",
    Cookie: `userId=${victim.userId}`,
  });

  test("of an upgrade: user and permissions are those of the token", async () => {
    const [ann, bob, eve] = await createUsers("ann", "bob", "eve");
    const channelId = await createChannelFor(ann!, [bob!], { isPrivate: true });
    const response = await requestUpgrade(pathOf(channelId), bob!.token, forged(ann!));
    expect(response.headers.get("X-Request-Id")).not.toBe("req_forged");
    const socket = new TestSocket(response.webSocket!);
    expect((await socket.next("hello")).data).toMatchObject({
      userId: bob!.userId,
      sessionId: bob!.sessionId,
    });
    const ack = await socket.sendCommand("messageCreate", { content: "who am I?" });
    expect(ack).toMatchObject({ type: "ack", data: { message: { authorId: bob!.userId } } });
    // Bob is not an owner, despite his headers.
    expect(await socket.sendCommand("memberUpdate", { userId: bob!.userId, role: "owner" })).toMatchObject({
      type: "error",
      error: { code: "forbidden" },
    });
    socket.close();
    await expectProblem(await requestUpgrade(pathOf(channelId), eve!.token, forged(ann!)), "not_found");
    await expectProblem(await requestUpgrade(pathOf(channelId), undefined, forged(ann!)), "unauthenticated");
  });

  test("of a request: the user is the token's", async () => {
    const { ann, bob, eve, privateId } = workspace;
    expect(
      await (await sendRaw("GET", "/v1/users/me", { token: bob.token, headers: forged(ann) })).json(),
    ).toMatchObject({ id: bob.userId });
    await expectProblem(
      await sendRaw("GET", `/v1/channels/${privateId}`, { token: eve.token, headers: forged(ann) }),
      "not_found",
    );
    await expectProblem(
      await sendRaw("GET", "/v1/admin/channels", { token: eve.token, headers: forged(workspace.admin) }),
      "forbidden",
    );
    await expectProblem(await sendRaw("GET", "/v1/users/me", { headers: forged(ann) }), "unauthenticated");
  });

  test("of the query: only `since` and `epoch` have an effect", async () => {
    const { bob, channelId, ann } = workspace;
    const actor = encodeURIComponent(forged(ann)["X-Parley-Actor"]!);
    const { userId } = await readHello(
      await requestUpgrade(
        `${pathOf(channelId)}?actor=${actor}&requestId=req_forged&userId=${ann.userId}&since=0`,
        bob.token,
      ),
    );
    expect(userId).toBe(bob.userId);
  });
});
