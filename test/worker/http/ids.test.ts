import { beforeAll, describe, expect, test } from "vitest";
import { workspacePermissions } from "../../../src/domain/permissions.ts";
import { noId, newId } from "../../../src/lib/ids.ts";
import { endpoints, sockets, subprotocol } from "../../../src/protocol/index.ts";
import { comparableResponse, expectProblem, sendRaw } from "../../support/worker/clients/raw-requests.ts";
import {
  createSampleWorkspace,
  endpointNames,
  fillPath,
  sampleOf,
  type SampleWorkspace,
} from "../../support/worker/fixtures/endpoint-samples.ts";

let workspace: SampleWorkspace;
beforeAll(async () => {
  workspace = await createSampleWorkspace();
});

const kinds: Record<string, "chn" | "usr" | "msg" | "ses"> = {
  channelId: "chn",
  userId: "usr",
  messageId: "msg",
  sessionId: "ses",
};
const others: Record<string, "chn" | "usr" | "msg" | "ses"> = {
  channelId: "usr",
  userId: "chn",
  messageId: "chn",
  sessionId: "usr",
};

/** Malformed ids of this kind, as they appear in a path. */
const malformed = (param: string): string[] => {
  const kind = kinds[param]!;
  const id = newId(kind);
  const upper = id.toUpperCase();
  return [
    "x",
    "0",
    "-1",
    "null",
    "undefined",
    "%20",
    "%00",
    "%ff",
    "%",
    "%2F",
    "%2e%2e%2f",
    "*",
    ":channelId",
    "__proto__",
    "constructor",
    "😀",
    "%F0%9F%98%80",
    "%0A",
    `${kind}_nope`,
    kind,
    `${kind}_`,
    id.slice(0, -1),
    `${id}0`,
    `${id}%00`,
    `%20${id}`,
    `${id}%20`,
    `${id}%0A`,
    id.toLowerCase(),
    upper,
    newId(others[param]!),
    `${kind}_8${"Z".repeat(25)}`,
    `${kind}_${"I".repeat(26)}`,
    "a".repeat(5_000),
  ];
};

/** The page of a permalink is the same for every id ([PL3]). */
const withIds = endpointNames.filter((name) => name !== "openPermalink");

const routes = withIds.flatMap((name) =>
  Object.keys(kinds).flatMap((param) =>
    endpoints[name]!.path.includes(`:${param}`) ? [[name, param] as const] : [],
  ),
);

describe.each(routes)("%s: %s", (name, param) => {
  test("[RD2] [ER2] a malformed id gives byte for byte the result of an unknown one", async () => {
    const { method, params, token, body } = await sampleOf(name, workspace);
    const ask = async (id: string, sent: BodyInit | undefined, by: string | undefined) =>
      comparableResponse(
        await sendRaw(method, fillPath(endpoints[name]!.path, { ...params, [param]: id }), {
          token: by,
          body: sent,
        }),
      );
    const right = body && JSON.stringify(body);
    // For different users and other errors in the request: the precedence is the same too.
    const cases: [BodyInit | undefined, string | undefined, number?][] = [
      [right, token],
      [right, workspace.eve.token, 3],
      [right, undefined, 3],
      ...(body ? [["{", token, 3] as [string, string, number]] : []),
    ];
    for (const [sent, by, some] of cases) {
      const unknown = await ask(newId(kinds[param]!), sent, by);
      expect(unknown).toMatch(removesNobody && by === token ? /^204\n/ : /^4\d\d\n/);
      for (const id of malformed(param).slice(0, some))
        expect(await ask(id, sent, by), id.slice(0, 100)).toBe(unknown);
    }
  });

  // Removing a user who is not in the channel, or the group, succeeds: nothing is left to do.
  const removesNobody = /^remove(?:Group)?Member$/.test(name) && param === "userId";

  test.skipIf(removesNobody)("[ER2] an unknown id is a 404", async () => {
    const { method, params, token, body } = await sampleOf(name, workspace);
    const path = fillPath(endpoints[name]!.path, { ...params, [param]: "x" });
    await expectProblem(
      await sendRaw(method, path, { token, ...(body && { body: JSON.stringify(body) }) }),
      "not_found",
    );
  });
});

const isForAdmins = (name: string): boolean =>
  Object.hasOwn(workspacePermissions, endpoints[name]!.action ?? "");

const below = endpointNames.filter((name) => endpoints[name]!.path.startsWith("/v1/channels/:channelId"));

test.each(below)("[RD2] %s: for an outsider a private channel looks like a missing one", async (name) => {
  const { eve, ann, privateId, privateMessageId } = workspace;
  const { method, path } = endpoints[name]!;
  const { body } = await sampleOf(name, workspace);
  const ask = async (channelId: string, messageId: string, userId: string) =>
    comparableResponse(
      await sendRaw(method.toUpperCase(), fillPath(path, { channelId, messageId, userId }), {
        token: eve.token,
        ...(body && { body: JSON.stringify(body) }),
      }),
    );
  const nowhere = await ask(newId("chn"), newId("msg"), newId("usr"));
  // What only admins may do is decided before the channel.
  expect(nowhere).toContain(isForAdmins(name) ? '"forbidden"' : '"No such channel"');
  for (const messageId of [privateMessageId, newId("msg"), "x"]) {
    for (const userId of [ann.userId, eve.userId, newId("usr"), "x"])
      expect(await ask(privateId, messageId, userId)).toBe(nowhere);
  }
});

const socketPaths = Object.values(sockets).map(({ path }) => path);

test.each(socketPaths.filter((path) => path.includes(":channelId")))(
  "[RD2] [RM13] %s: same error for malformed, unknown and private ids",
  async (path) => {
    const { eve, privateId } = workspace;
    const ask = async (channelId: string) =>
      comparableResponse(
        await sendRaw("GET", fillPath(path, { channelId }), {
          token: eve.token,
          headers: { Upgrade: "websocket", "Sec-WebSocket-Protocol": subprotocol },
        }),
      );
    const unknown = await ask(newId("chn"));
    expect(unknown).toMatch(/^404\n/);
    for (const id of [privateId, ...malformed("channelId")]) expect(await ask(id)).toBe(unknown);
  },
);

test("[LG9] the id that replaces malformed ids has no object, and gets none", async () => {
  const { ann, admin, channelId } = workspace;
  for (const id of [noId("chn"), "x"]) {
    await ann.call("POST", `/v1/channels/${id}/join`);
    await ann.call("POST", `/v1/channels/${id}/messages`, { content: "x", nonce: "x" });
    await admin.call("POST", `/v1/admin/channels/${id}/reproject`);
    expect((await ann.call("GET", `/v1/channels/${id}`)).status).toBe(404);
  }
  expect((await ann.call("POST", `/v1/channels/${channelId}/members`, { userId: noId("usr") })).status).toBe(
    404,
  );
  expect((await admin.call("GET", "/v1/admin/channels?limit=100")).text).not.toContain(noId("chn"));
});
