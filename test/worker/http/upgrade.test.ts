import { beforeAll, describe, expect, test } from "vitest";
import { subprotocol } from "../../../src/protocol/index.ts";
import { newId } from "../../../src/lib/ids.ts";
import { readHello } from "../../support/worker/clients/gateway-client.ts";
import {
  buildRequest,
  expectProblem,
  sendRaw,
  sendWithBindings,
} from "../../support/worker/clients/raw-requests.ts";
import { requestUpgrade } from "../../support/worker/clients/socket-client.ts";
import {
  createSampleWorkspace,
  type SampleWorkspace,
} from "../../support/worker/fixtures/endpoint-samples.ts";

let workspace: SampleWorkspace;
beforeAll(async () => {
  workspace = await createSampleWorkspace();
});

const roomPath = (channelId: string) => `/v1/channels/${channelId}/realtime`;
const socketPaths: [string, () => string][] = [
  ["the one socket", () => "/v1/realtime"],
  ["a room's own socket", () => roomPath(workspace.channelId)],
];

const expectRejectedUpgrade = async (response: Response, code: Parameters<typeof expectProblem>[1]) => {
  expect(response.webSocket).toBeNull();
  return expectProblem(response, code);
};

describe.each(socketPaths)(
  "[RM13] an upgrade to %s is rejected by a problem, without a socket,",
  (_, pathOf) => {
    test("without a WebSocket upgrade", async () => {
      const { ann } = workspace;
      const path = pathOf();
      await expectRejectedUpgrade(await sendRaw("GET", path, { token: ann.token }), "upgrade_required");
      await expectRejectedUpgrade(
        await sendRaw("GET", path, { token: ann.token, headers: { "Sec-WebSocket-Protocol": subprotocol } }),
        "upgrade_required",
      );
      for (const Upgrade of ["h2c", "websockets", "websocket, h2c", "TLS/1.0"])
        await expectRejectedUpgrade(
          await sendRaw("GET", path, {
            token: ann.token,
            headers: { Upgrade, "Sec-WebSocket-Protocol": subprotocol },
          }),
          "upgrade_required",
        );
    });

    test.each([
      "",
      "parley",
      "parley.v2",
      "parley.v1.1",
      "PARLEY.V1",
      "xparley.v1",
      "graphql-ws",
      "ticket.parley.v1",
      "parley.v2, parley.v11",
    ])("with the subprotocol `%s`", async (offered) => {
      const { ann } = workspace;
      await expectRejectedUpgrade(
        await requestUpgrade(pathOf(), ann.token, { "Sec-WebSocket-Protocol": offered }),
        "upgrade_required",
      );
      await expectRejectedUpgrade(
        await sendRaw("GET", pathOf(), { token: ann.token, headers: { Upgrade: "websocket" } }),
        "upgrade_required",
      );
    });

    test.each([
      "null",
      "*",
      "https://evil.example",
      "http://localhost:5174",
      "https://localhost:5173",
      "http://localhost",
      "http://localhost:5173.evil.example",
      "http://localhost:5173@evil.example",
      "http://evil.example#http://localhost:5173",
      "http://sub.localhost:5173",
      "http://localhost:5173/",
      "http://LOCALHOST:5173",
      "http://localhost:5173, http://evil.example",
      "http://parley.test",
      "https://parley.test:8443",
      "ws://localhost:5173",
      "file://",
    ])("[TK3] from a page of `%s`", async (Origin) => {
      const { ann } = workspace;
      await expectRejectedUpgrade(await requestUpgrade(pathOf(), ann.token, { Origin }), "forbidden");
    });

    test("[TK3] not from a page of the server's own origin", async () => {
      const { ann } = workspace;
      const response = await requestUpgrade(pathOf(), ann.token, { Origin: "https://parley.test" });
      expect(response.status).toBe(101);
      response.webSocket?.accept();
      response.webSocket?.close();
    });

    test("[TK3] with a cookie and no `Origin`", async () => {
      const { ann } = workspace;
      await expectRejectedUpgrade(
        await requestUpgrade(pathOf(), ann.token, { Cookie: "theme=dark" }),
        "forbidden",
      );
      await expectRejectedUpgrade(
        await requestUpgrade(pathOf(), undefined, { Cookie: "theme=dark" }),
        "forbidden",
      );
    });

    test("[TK3] with an empty `Origin`", async () => {
      // Called directly, because workerd drops an empty header on the way to a socket.
      const headers = { Upgrade: "websocket", "Sec-WebSocket-Protocol": subprotocol, Origin: "" };
      await expectRejectedUpgrade(
        await sendWithBindings({}, buildRequest("GET", pathOf(), { token: workspace.ann.token, headers })),
        "forbidden",
      );
    });

    test.each([
      "since=-1",
      "since=x",
      "since=",
      "since=1.5",
      "since=1e3",
      "since=9999999999999999",
      "since=1&since=2",
      "epoch=",
      "epoch=x",
      "epoch=a%00bcdefgh",
      `epoch=${"a".repeat(33)}`,
      "epoch=..%2F..%2Fetc",
      "since=0&epoch=%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80",
    ])("with the position `%s`", async (query) => {
      const { ann } = workspace;
      const problem = await expectRejectedUpgrade(
        await requestUpgrade(`${pathOf()}?${query}`, ann.token),
        "validation_failed",
      );
      expect(["since", "epoch"]).toContain(problem.issues![0]!.path);
    });

    test("by HEAD or POST", async () => {
      const { ann } = workspace;
      const headers = { Upgrade: "websocket", "Sec-WebSocket-Protocol": subprotocol };
      // Called directly, because workerd makes a GET of every fetch that upgrades.
      const head = await sendWithBindings({}, buildRequest("HEAD", pathOf(), { token: ann.token, headers }));
      expect(head.status).toBe(426);
      expect(head.webSocket).toBeNull();
      for (const method of ["POST", "PUT", "DELETE"])
        await expectRejectedUpgrade(
          await sendWithBindings({}, buildRequest(method, pathOf(), { token: ann.token, headers })),
          "method_not_allowed",
        );
    });
  },
);

describe("[RM13] an upgrade is rejected by a problem, without a socket,", () => {
  test("for a channel that does not exist or is hidden", async () => {
    const { eve, privateId } = workspace;
    for (const id of [newId("chn"), privateId, "x", "%00"])
      await expectRejectedUpgrade(await requestUpgrade(roomPath(id), eve.token), "not_found");
  });

  test("on a path without a WebSocket", async () => {
    const { ann, channelId } = workspace;
    for (const path of [`/v1/channels/${channelId}`, "/v1/users/me"]) {
      const response = await requestUpgrade(path, ann.token);
      expect(response.status, path).toBe(200);
      expect(response.webSocket).toBeNull();
      await response.body?.cancel();
    }
    await expectRejectedUpgrade(await requestUpgrade("/v1/realtim", ann.token), "not_found");
  });
});

describe.each(socketPaths)("[RM13] an upgrade to %s succeeds", (_, pathOf) => {
  test("with our subprotocol, of any number offered, and with a request id", async () => {
    const { ann } = workspace;
    for (const offered of [
      subprotocol,
      `ticket.x, ${subprotocol}`,
      `${subprotocol},b`,
      `a , ${subprotocol} , c`,
    ]) {
      const response = await requestUpgrade(pathOf(), ann.token, { "Sec-WebSocket-Protocol": offered });
      expect(response.headers.get("Sec-WebSocket-Protocol")).toBe(subprotocol);
      expect(response.headers.get("X-Request-Id")).toMatch(/^req_[0-9A-Z]{26}$/);
      await readHello(response);
    }
  });

  test("in any case of `Upgrade`, for clients that are no page and listed origins", async () => {
    const { ann } = workspace;
    await readHello(await requestUpgrade(pathOf(), ann.token, { Upgrade: "WebSocket" }));
    for (const Origin of ["http://localhost:5173", "http://localhost:8787"])
      await readHello(await requestUpgrade(pathOf(), ann.token, { Origin, Cookie: "theme=dark" }));
  });

  test("with unknown parameters, which are ignored", async () => {
    const { ann } = workspace;
    await readHello(await requestUpgrade(`${pathOf()}?x=1&userId=${workspace.bob.userId}`, ann.token));
  });
});
