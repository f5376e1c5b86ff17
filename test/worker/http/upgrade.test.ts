import { beforeAll, describe, expect, test } from "vitest";
import { subprotocol } from "../../../src/protocol/index.ts";
import { newId } from "../../../src/core/ids.ts";
import { helloOf } from "../../support/worker/hello.ts";
import { problemOf, request, send, sendWith } from "../../support/worker/raw.ts";
import { upgrade } from "../../support/worker/socket.ts";
import { makeWorld, type World } from "../../support/worker/world.ts";

let world: World;
const pathOf = (channelId: string) => `/v1/channels/${channelId}/realtime`;
beforeAll(async () => {
  world = await makeWorld();
});

describe("[RM13] an upgrade is refused, by a problem and without a socket,", () => {
  const refusedWith = async (response: Response, code: Parameters<typeof problemOf>[1]) => {
    expect(response.webSocket).toBeNull();
    return problemOf(response, code);
  };

  test("when there is no WebSocket in it", async () => {
    const { ann, channelId } = world;
    const path = pathOf(channelId);
    await refusedWith(await send("GET", path, { token: ann.token }), "upgrade_required");
    await refusedWith(
      await send("GET", path, { token: ann.token, headers: { "Sec-WebSocket-Protocol": subprotocol } }),
      "upgrade_required",
    );
    for (const Upgrade of ["h2c", "websockets", "websocket, h2c", "TLS/1.0"])
      await refusedWith(
        await send("GET", path, {
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
  ])("when it offers the subprotocol `%s`", async (offered) => {
    const { ann, channelId } = world;
    await refusedWith(
      await upgrade(pathOf(channelId), ann.token, { "Sec-WebSocket-Protocol": offered }),
      "upgrade_required",
    );
    await refusedWith(
      await send("GET", pathOf(channelId), { token: ann.token, headers: { Upgrade: "websocket" } }),
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
    "https://parley.test",
    "ws://localhost:5173",
    "file://",
  ])("when it comes from a page of `%s`", async (Origin) => {
    const { ann, channelId } = world;
    await refusedWith(await upgrade(pathOf(channelId), ann.token, { Origin }), "forbidden");
  });

  test("when its `Origin` is there but empty", async () => {
    // Directly: workerd drops an empty header on the way to a socket.
    const headers = { Upgrade: "websocket", "Sec-WebSocket-Protocol": subprotocol, Origin: "" };
    await refusedWith(
      await sendWith({}, request("GET", pathOf(world.channelId), { token: world.ann.token, headers })),
      "forbidden",
    );
  });

  test("when the channel does not exist, or may not be known", async () => {
    const { eve, privateId } = world;
    for (const id of [newId("chn"), privateId, "x", "%00"])
      await refusedWith(await upgrade(pathOf(id), eve.token), "not_found");
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
  ])("when its place is `%s`", async (query) => {
    const { ann, channelId } = world;
    const problem = await refusedWith(
      await upgrade(`${pathOf(channelId)}?${query}`, ann.token),
      "validation_failed",
    );
    expect(["since", "epoch"]).toContain(problem.issues![0]!.path);
  });

  test("when it is a HEAD or a POST", async () => {
    const { ann, channelId } = world;
    const headers = { Upgrade: "websocket", "Sec-WebSocket-Protocol": subprotocol };
    // Directly: workerd makes a GET of every fetch that upgrades.
    const head = await sendWith({}, request("HEAD", pathOf(channelId), { token: ann.token, headers }));
    expect(head.status).toBe(426);
    expect(head.webSocket).toBeNull();
    for (const method of ["POST", "PUT", "DELETE"])
      await refusedWith(
        await sendWith({}, request(method, pathOf(channelId), { token: ann.token, headers })),
        "method_not_allowed",
      );
  });

  test("when it asks for a path that is no WebSocket", async () => {
    const { ann, channelId } = world;
    for (const path of [`/v1/channels/${channelId}`, "/v1/users/me"]) {
      const response = await upgrade(path, ann.token);
      expect(response.status, path).toBe(200);
      expect(response.webSocket).toBeNull();
      await response.body?.cancel();
    }
    await refusedWith(await upgrade("/v1/realtim", ann.token), "not_found");
  });
});

describe("[RM13] an upgrade is made", () => {
  test("with our subprotocol alone, however many are offered, and with a request id", async () => {
    const { ann, channelId } = world;
    for (const offered of [
      subprotocol,
      `ticket.x, ${subprotocol}`,
      `${subprotocol},b`,
      `a , ${subprotocol} , c`,
    ]) {
      const response = await upgrade(pathOf(channelId), ann.token, { "Sec-WebSocket-Protocol": offered });
      expect(response.headers.get("Sec-WebSocket-Protocol")).toBe(subprotocol);
      expect(response.headers.get("X-Request-Id")).toMatch(/^req_[0-9A-Z]{26}$/);
      await helloOf(response);
    }
  });

  test("whatever the case of `Upgrade`, for whoever is no page and for pages of listed origins", async () => {
    const { ann, channelId } = world;
    await helloOf(await upgrade(pathOf(channelId), ann.token, { Upgrade: "WebSocket" }));
    for (const Origin of ["http://localhost:5173", "http://localhost:8787"])
      await helloOf(await upgrade(pathOf(channelId), ann.token, { Origin }));
  });

  test("with parameters that it does not know left out of account", async () => {
    const { ann, channelId } = world;
    await helloOf(await upgrade(`${pathOf(channelId)}?x=1&userId=${world.bob.userId}`, ann.token));
  });
});
