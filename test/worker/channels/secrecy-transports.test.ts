import { beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { commandTypes, endpoints } from "../../../src/protocol/index.ts";
import { comparableResponse, sendRaw } from "../../support/worker/clients/raw-requests.ts";
import { requestUpgrade } from "../../support/worker/clients/socket-client.ts";
import type { TestUser } from "../../support/worker/fixtures/accounts.ts";
import {
  type ChannelScenario,
  createChannelScenario,
} from "../../support/worker/fixtures/channel-scenario.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { commandCases } from "../../support/worker/fixtures/command-cases.ts";
import { fillPath } from "../../support/worker/fixtures/endpoint-samples.ts";
import {
  channelEndpointNames,
  createHiddenChannels,
  type HiddenChannel,
  requestVariants,
  type SampleBodies,
  sampleChannelBodies,
} from "../../support/worker/fixtures/hidden-channels.ts";
import { partOfTable } from "../../support/worker/generators/part-of-table.ts";
import { waitForNotifications } from "../../support/worker/objects/projection.ts";
import { roomStub } from "../../support/worker/objects/room-object.ts";

let hidden: Record<string, HiddenChannel>;
let scenario: ChannelScenario;
let bodies: SampleBodies;
beforeAll(async () => {
  scenario = await createChannelScenario({ isPrivate: true });
  hidden = await createHiddenChannels(scenario);
  bodies = await sampleChannelBodies();
});

describe.each(channelEndpointNames)("%s", (name) => {
  const { method, path } = endpoints[name]!;

  test("[RD2] an outsider gets identical bytes for hidden and missing channels", async () => {
    const { ann, bob } = scenario;
    const madeUp = { channelId: newId("chn"), messageId: newId("msg"), userId: newId("usr") };
    for (const [kind, { channelId, root, reply, outsiders }] of Object.entries(hidden)) {
      const targets = [
        { messageId: root, userId: ann.userId },
        { messageId: reply, userId: bob.userId },
        { messageId: newId("msg"), userId: newId("usr") },
      ].slice(0, path.includes(":messageId") || path.includes(":userId") ? 3 : 1);
      for (const [who, { token, userId }] of partOfTable(Object.entries(outsiders), 2))
        for (const [query, body, type] of requestVariants(name, bodies)) {
          const request = async (params: Record<string, string>) =>
            comparableResponse(
              await sendRaw(method.toUpperCase(), fillPath(path, params) + query, {
                token,
                body,
                ...(type && { headers: { "Content-Type": type } }),
              }),
            );
          const none = await request(madeUp);
          expect(none).toMatch(/^4\d\d\n/);
          const some =
            body === undefined || query !== ""
              ? targets.slice(0, 1)
              : [...targets, { messageId: root, userId }];
          for (const target of some) {
            const about = `${kind} ${who} ${query} ${body} ${JSON.stringify(target)}`;
            expect(await request({ channelId, ...target }), about).toBe(none);
            expect(await request({ ...target, channelId: madeUp.channelId }), about).toBe(none);
          }
        }
    }
  });
});

test.each(commandTypes)(
  "[RD2] [RM1] %s by an outsider: same result from a hidden and a missing room",
  async (type) => {
    const data = commandCases[type].data(scenario);
    for (const [kind, { channelId, outsiders }] of Object.entries(hidden))
      for (const [who, { userId, sessionId }] of Object.entries(outsiders)) {
        const role = who === "admin" || who === "owner" ? who : "member";
        const request = (id: string) =>
          roomStub(id).execute({ userId, sessionId, role }, { type, data } as never);
        const none = await request(newId("chn"));
        expect(none).toMatchObject({ ok: false, problem: { code: "not_found" } });
        expect(await request(channelId), `${kind} ${who}`).toEqual(none);
      }
  },
);

test("[RD2] [RM13] no outsider gets a socket or reaches a channel through another's", async () => {
  const own = await createChannelFor(scenario.guest);
  let socket = await scenario.guest.connect(own);
  for (const { channelId, outsiders } of Object.values(hidden)) {
    for (const { token } of Object.values(outsiders)) {
      const rejection = async (id: string) =>
        comparableResponse(await requestUpgrade(`/v1/channels/${id}/realtime?since=0`, token));
      expect(await rejection(channelId)).toBe(await rejection(newId("chn")));
    }
  }
  const { channelId } = hidden["private"]!;
  for (const [index, type] of commandTypes.entries()) {
    // A client that continues after many errors is closed.
    if (index % 8 === 0) socket = await scenario.guest.connect(own);
    const request = async (id: string) => {
      const frameId = `${index} ${id}`;
      socket.send({ id: frameId, type, channelId: id, data: commandCases[type].data(scenario) });
      const answer = await socket.waitFor((item) => item.type === "error" && item.id === frameId);
      return { ...answer, id: "" };
    };
    expect(await request(channelId)).toEqual(await request(newId("chn")));
  }
});

test("[RD2] mentions and follows in a hidden channel notify no outsider", async () => {
  const { ann, bob } = scenario;
  const { channelId, root, outsiders } = hidden["public once"]!;
  const { left, guest, admin } = outsiders as Record<string, TestUser>;
  const at = `/v1/channels/${channelId}/messages`;
  const content = [left, guest, admin].map((one) => `@${one!.username}`).join(" ");
  const written = [
    await bob.call("POST", `${at}/${root}/thread`, { content, alsoInChannel: true }),
    await ann.call("POST", at, { content: `${content} @channel` }),
  ];
  for (const { body } of written) {
    expect(body.notNotified).toEqual([left, guest, admin].map((one) => one!.username));
    expect(body.mentions).not.toContain(left!.userId);
  }
  await waitForNotifications(channelId);
  for (const one of [left, guest, admin]) {
    for (const path of ["/v1/users/me/unreads", "/v1/users/me/threads", "/v1/channels?scope=joined"]) {
      const { status, text } = await one!.call("GET", path);
      expect(status).toBe(200);
      expect(text, path).not.toContain(channelId);
    }
    const { text } = await one!.call("GET", "/v1/notifications");
    for (const { body } of written) expect(text).not.toContain(body.id);
  }
});
