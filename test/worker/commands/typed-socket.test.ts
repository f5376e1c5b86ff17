import { expect, test } from "vitest";
import * as api from "../../../src/protocol/index.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { connectGateway, type GatewaySocket } from "../../support/worker/clients/gateway-client.ts";
import { json, startCommandServer } from "../../support/worker/fakes/command-server.ts";
import { createCommandScene, newCommandName } from "../../support/worker/fixtures/slash-commands.ts";

/** Sends a frame and waits for its reply. */
async function ask(socket: GatewaySocket, id: string, frame: object) {
  socket.send({ id, ...frame });
  return (await socket.waitFor(
    (item) => (item.type === "ack" || item.type === "error") && item.id === id,
  )) as {
    type: string;
    data: Record<string, any>;
    error: api.Problem;
  };
}

test.each(["subscribed", "not subscribed"] as const)(
  "[SC14] a frame runs the command on the shared socket, %s",
  async (how) => {
    const { url, requests } = startCommandServer(() => json({ visibility: "channel", content: "deployed" }));
    const { ann, bot, channelId, command, messages } = await createCommandScene(url);
    const socket = await connectGateway(ann);
    if (how === "subscribed") await socket.expectSubscribed(channelId);
    const content = `/${command.name} web`;
    const frame = { type: "messageCreate", channelId, data: { content, nonce: "n" } };
    const { data } = await ask(socket, "a", frame);
    expect(data).toEqual({
      nonce: "n",
      command: {
        id: expect.stringMatching(/^run_/),
        command: command.name,
        ephemeral: null,
        message: expect.objectContaining({ content: "deployed", authorId: bot.user.id }),
      },
    });
    const repeated = await ask(socket, "b", frame);
    expect(repeated.data["command"]).toMatchObject({ id: data["command"].id, message: null });
    const posted = await ask(socket, "c", {
      type: "messageCreate",
      channelId,
      data: { content: `/${newCommandName()} web`, nonce: "m" },
    });
    const messageId = posted.data["message"].id;
    const reply = await ask(socket, "d", {
      type: "threadCreate",
      channelId,
      data: { messageId, content: "/me waves" },
    });
    expect(reply.data["command"]).toMatchObject({ command: "me", message: { threadId: messageId } });
    expect((await messages()).length).toBe(2);
    expect(requests.map(({ invocation }) => invocation.userId)).toEqual([ann.userId]);
    expect(new URL(requests[0]!.invocation.responseUrl).origin).toMatch(/^https?:/);
  },
);

test("[SC14] a slow bot delays neither later frames nor loses its reply on unsubscribe", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { url } = startCommandServer(async () => {
    await promise;
    return json({ content: "done" });
  });
  const { ann, channelId, command } = await createCommandScene(url);
  const socket = await connectGateway(ann);
  await socket.expectSubscribed(channelId);
  socket.send({ id: "slow", type: "messageCreate", channelId, data: { content: `/${command.name}` } });
  const { data } = await ask(socket, "next", { type: "messageCreate", channelId, data: { content: "text" } });
  expect(data["message"].content).toBe("text");
  const unsubscribed = socket.unsubscribe(channelId);
  resolve();
  await unsubscribed;
  const types = socket.seen.map((item) => ("id" in item && item.type === "ack" ? item.id : item.type));
  expect(types.indexOf("slow")).toBeGreaterThan(types.indexOf("next"));
  expect(types.indexOf("slow")).toBeLessThan(types.indexOf("unsubscribed"));
});

test("[SC14] errors reply to their frame; too many waiting commands are rejected", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { url } = startCommandServer(async () => {
    await promise;
    return new Response("no", { status: 500 });
  });
  const { ann, channelId, command } = await createCommandScene(url);
  const socket = await connectGateway(ann);
  const frame = { type: "messageCreate", channelId, data: { content: `/${command.name}` } };
  for (let sent = 0; sent < 5; sent++) socket.send({ id: `w${sent}`, ...frame });
  const { error } = await ask(socket, "w5", frame);
  expect(error).toMatchObject({ code: "unavailable", retryAfterMs: 1_000 });
  resolve();
  for (let sent = 0; sent < 5; sent++) {
    const reply = await socket.waitFor((item) => item.type === "error" && item.id === `w${sent}`);
    expect(reply).toMatchObject({ error: { code: "bot_unavailable" } });
  }
});

test("[SC15] bots on the shared socket, and a room's own socket, post text", async () => {
  const { bot, channelId, messages } = await createCommandScene();
  await expectOk(api.joinChannel, { as: bot.as, params: { channelId } });
  const socket = await connectGateway(bot.as);
  const frame = { type: "messageCreate", channelId, data: { content: "/me waves" } };
  expect((await ask(socket, "a", frame)).data["message"].content).toBe("/me waves");
  expect((await messages()).length).toBe(1);
});
