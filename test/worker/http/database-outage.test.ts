import { env, exports } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { errorsOf, endpoints } from "../../../src/protocol/index.ts";
import { buildRequest, expectProblem, sendWithBindings } from "../../support/worker/clients/raw-requests.ts";
import { captureLogs } from "../../support/worker/fakes/console-capture.ts";
import { failingDatabase } from "../../support/worker/fakes/failing-bindings.ts";
import { createUsers } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import {
  createSampleWorkspace,
  endpointNames,
  sampleOf,
  type SampleWorkspace,
} from "../../support/worker/fixtures/endpoint-samples.ts";
import { roomStub } from "../../support/worker/objects/room-object.ts";

let workspace: SampleWorkspace;
beforeAll(async () => {
  workspace = await createSampleWorkspace();
});

const marker = "MARKER7F3A";

const outages: Record<string, Error> = {
  "does not answer": new Error(`D1_ERROR: Network connection lost. '${marker}'`),
  "is reset": new Error(
    `D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset. "${marker}"`,
  ),
  "is overloaded": Object.assign(
    new Error(`D1_ERROR: D1 DB is overloaded. Requests queued for too long.\n${marker}`),
    { overloaded: true },
  ),
};

describe.each(Object.entries(outages))("while the database %s", (_, error) => {
  // These bindings have no login provider, so that its endpoints answer as for an unknown one.
  const others = new Set(["getHealth", "startProviderLogin", "finishProviderLogin"]);
  test.each(endpointNames.filter((name) => !others.has(name)))(
    "[ER1] %s responds as always, or `unavailable` with `Retry-After`",
    async (name) => {
      const { method, path, token, body } = await sampleOf(name, workspace);
      const { result, text, requests } = await captureLogs(() =>
        sendWithBindings(
          { DB: failingDatabase(error) },
          buildRequest(method, path, { token, ...(body && { body: JSON.stringify(body) }) }),
        ),
      );
      expect(text).not.toContain(marker);
      expect(requests).toHaveLength(1);
      if (result.status < 400) return expect(result.status).toBe(endpoints[name]!.status);
      const problem = await expectProblem(result, "unavailable");
      expect(errorsOf(endpoints[name]!)).toContain(problem.code);
      expect(JSON.stringify(problem)).not.toContain(marker);
      expect(problem.retryAfterMs).toBeGreaterThan(0);
    },
  );
});

test("[ER1] sends, reads of the log and sessions need no database", async () => {
  for (const name of [
    "createMessage",
    "updateMessage",
    "deleteMessage",
    "createThread",
    "followThread",
    "readThread",
    "unfollowThread",
    "addReaction",
    "removeReaction",
    "pinMessage",
    "unpinMessage",
    "markRead",
    "setNotificationLevel",
    "getNotifications",
    "readNotifications",
    "updateUserStatus",
    "getStatus",
    "updateMember",
    "archiveChannel",
    "getChannel",
    "getChannelMessages",
    "getMessage",
    "getThreadMessages",
    "getPins",
    "getMembers",
    "getChannelEvents",
    "refreshToken",
    "logout",
    "getSessions",
    "getKeys",
    "getOpenApi",
    "getErrorPage",
  ]) {
    const { method, path, token, body } = await sampleOf(name, workspace);
    const response = await sendWithBindings(
      { DB: failingDatabase(outages["does not answer"]!) },
      buildRequest(method, path, { token, ...(body && { body: JSON.stringify(body) }) }),
    );
    expect(response.status, name).toBe(endpoints[name]!.status);
    await response.body?.cancel();
  }
});

describe("defect", () => {
  /** As the layers report a rejected write: with the bound values. */
  const constraintError = new Error(
    `D1_ERROR: CHECK constraint failed: users.x: SQLITE_CONSTRAINT '${marker}'`,
  );
  const failing = () =>
    failingDatabase(constraintError, { behind: env.DB, fails: (sql) => /^(insert|update)/i.test(sql) });

  test.each([
    [
      "register",
      {
        email: `${marker.toLowerCase()}@parley.test`,
        username: marker,
        password: "correct horse battery",
        displayName: `${marker}    at ${marker} (x.ts:1:1)`,
      },
    ],
    ["updateMe", { displayName: `${marker} params: ${marker}` }],
    ["createChannel", { name: `channel ${marker}`, topic: marker }],
  ] as const)(
    "[ER1] [ER4] %s: gives `internal`; the log has the location, no bound values",
    async (name, body) => {
      const { method, path, token } = await sampleOf(name, workspace);
      const { result, text, lines } = await captureLogs(() =>
        sendWithBindings(
          { DB: failing() },
          buildRequest(method, path, { token, body: JSON.stringify(body) }),
        ),
      );
      const problem = await expectProblem(result, "internal");
      expect(JSON.stringify(problem)).not.toMatch(new RegExp(`${marker}|SQLITE|constraint|\\.ts`, "i"));
      expect(lines.map(({ level, message, requestId }) => ({ level, message, requestId }))).toEqual(
        ["server.defect", "http.request"].map((message) => ({
          level: "error",
          message,
          requestId: problem.requestId,
        })),
      );
      expect(lines[0]!.stack!.join("\n")).toMatch(/\.ts:\d+/);
      expect(text.toLowerCase()).not.toContain(marker.toLowerCase());
    },
  );
});

describe("inside an object", () => {
  const real = env.DB;
  let put: ((database: D1Database) => void) | undefined;
  afterEach(() => put?.(real));

  test("[ER4] a rejected batch is logged with the reason, without its content", async () => {
    const [ann, bob] = await createUsers("ann", "bob");
    const channelId = await createChannelFor(ann!, [bob!]);
    await runInDurableObject(roomStub(channelId), (room) => {
      const held = (room as unknown as { env: { DB: D1Database } }).env;
      put = (database) => (held.DB = database);
    });
    put!(failingDatabase(new Error(`D1_TYPE_ERROR: Type 'object' not supported for value '${marker}'`)));
    const { result, text } = await captureLogs(async (written) => {
      const sent = await exports.default.fetch(
        buildRequest("POST", `/v1/channels/${channelId}/messages`, {
          token: ann!.token,
          body: JSON.stringify({ content: marker }),
        }),
      );
      expect(await sent.json()).toMatchObject({ content: marker });
      await vi.waitFor(() => expect(written.join()).toContain("projection.batch_failed"), 10_000);
      return exports.default.fetch(
        buildRequest("PATCH", `/v1/channels/${channelId}`, {
          token: ann!.token,
          body: JSON.stringify({ name: marker }),
        }),
      );
    });
    await expectProblem(result, "unavailable");
    // The room claims the name in the database. No exception leaves the object: the platform would log it with all
    // values.
    const { userId, sessionId } = ann!;
    const command = { type: "channelUpdate" as const, data: { name: `${marker} 2` } };
    const outcome = await roomStub(channelId).execute({ userId, sessionId, role: "member" }, command);
    expect(outcome).toMatchObject({ ok: false, problem: { code: "unavailable" } });
    expect(JSON.stringify(outcome)).not.toContain(marker);
    expect(text).not.toContain(marker);
  });
});
