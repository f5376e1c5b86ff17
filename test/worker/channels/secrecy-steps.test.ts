import { beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { commandTypes, endpoints, subprotocol } from "../../../src/protocol/index.ts";
import { acceptGateway } from "../../support/worker/clients/gateway-client.ts";
import {
  buildRequest,
  comparableResponse,
  sendWithBindings,
} from "../../support/worker/clients/raw-requests.ts";
import { recordingBindings } from "../../support/worker/fakes/recording-bindings.ts";
import type { TestUser } from "../../support/worker/fixtures/accounts.ts";
import {
  type ChannelScenario,
  createChannelScenario,
} from "../../support/worker/fixtures/channel-scenario.ts";
import { commandCases } from "../../support/worker/fixtures/command-cases.ts";
import { endpointNames, fillPath } from "../../support/worker/fixtures/endpoint-samples.ts";
import {
  channelEndpointNames,
  createHiddenChannels,
  type HiddenChannel,
  requestVariants,
  type SampleBodies,
  sampleChannelBodies,
} from "../../support/worker/fixtures/hidden-channels.ts";

let scenario: ChannelScenario;
let hidden: [kind: string, HiddenChannel][];
let bodies: SampleBodies;
/** A file of Ann's that is in no message. */
let unsentId: string;
beforeAll(async () => {
  scenario = await createChannelScenario({ isPrivate: true });
  hidden = Object.entries(await createHiddenChannels(scenario));
  bodies = await sampleChannelBodies();
  unsentId = (await scenario.ann.call("POST", "/v1/files?name=unsent.json", { a: 1 })).body.id;
});

/**
 * Returns the outsiders whose requests must take the same steps. Not a user who left: their hub may still store
 * the channel. An owner of the workspace is admitted as its admins are.
 */
const outsidersOf = ({ outsiders }: HiddenChannel): [who: string, TestUser][] =>
  Object.entries(outsiders).filter(([who]) => who !== "left" && who !== "owner");

interface RequestSample {
  method: string;
  path: string;
  body?: string | undefined;
  type?: string | undefined;
}

/** Returns the bytes of a response, and the calls of objects and databases on the way to it. */
async function stepsOf({ token, userId }: TestUser, { method, path, body, type }: RequestSample) {
  const { steps, bindings } = recordingBindings(userId);
  const sent = buildRequest(method.toUpperCase(), path, {
    token,
    body,
    ...(type && { headers: { "Content-Type": type } }),
  });
  const answer = await comparableResponse(await sendWithBindings(bindings, sent));
  return { answer, steps };
}

/** Whether any room or another user's hub was called: an active object answers sooner than one that has to start. */
const callsOthers = (steps: readonly string[]): boolean =>
  steps.some((step) => step.startsWith("ROOMS") || step.startsWith("HUBS other"));

describe.each(channelEndpointNames)("%s", (name) => {
  const { method, path } = endpoints[name]!;

  test("[RD2] [LG9] takes the same steps for hidden and missing, calls no room", async () => {
    for (const [kind, channel] of hidden)
      for (const [who, outsider] of outsidersOf(channel))
        for (const [query, body, type] of requestVariants(name, bodies)) {
          const requestSteps = (params: Record<string, string>) =>
            stepsOf(outsider, { method, path: fillPath(path, params) + query, body, type });
          const inside = {
            channelId: channel.channelId,
            messageId: channel.root,
            userId: scenario.ann.userId,
          };
          const missing = { channelId: newId("chn"), messageId: newId("msg"), userId: newId("usr") };
          const got = await requestSteps(inside);
          expect(got, `${kind} ${who} ${query} ${body}`).toEqual(await requestSteps(missing));
          expect(callsOthers(got.steps), got.steps.join("\n")).toBe(false);
        }
  });
});

const ofFiles = endpointNames.filter((name) => endpoints[name]!.path.includes(":fileId"));

test.each(ofFiles)("[RD2] [FL7] %s takes the same steps for hidden and missing files", async (name) => {
  const { method, path } = endpoints[name]!;
  for (const [kind, channel] of hidden)
    for (const [who, outsider] of outsidersOf(channel))
      for (const fileId of [channel.fileId, unsentId]) {
        const requestSteps = (id: string) =>
          stepsOf(outsider, { method, path: fillPath(path, { fileId: id }) });
        const got = await requestSteps(fileId);
        expect(got, `${kind} ${who}`).toEqual(await requestSteps(newId("fil")));
        expect(got.answer).toMatch(/^4\d\d\n/);
        expect(callsOthers(got.steps), got.steps.join("\n")).toBe(false);
      }
});

test("[RD2] [FL7] range and `If-None-Match` headers change none of these steps", async () => {
  const [, { fileId, outsiders }] = hidden[0]!;
  const { token, userId } = outsiders["guest"]!;
  for (const headers of [
    { Range: "bytes=0-1" },
    { Range: "bytes=99999-" },
    { "If-None-Match": "*" },
    { "If-Range": '"x"', Range: "bytes=0-1" },
  ] as Record<string, string>[])
    for (const method of ["GET", "HEAD"]) {
      const requestSteps = async (id: string) => {
        const { steps, bindings } = recordingBindings(userId);
        const sent = buildRequest(method, `/v1/files/${id}/content`, { token, headers });
        return { answer: await comparableResponse(await sendWithBindings(bindings, sent)), steps };
      };
      expect(await requestSteps(fileId)).toEqual(await requestSteps(newId("fil")));
    }
});

const ofAdmins = endpointNames.filter((name) => /^\/v1\/admin\/.*:channelId/.test(endpoints[name]!.path));

test.each(ofAdmins)("[CH5] %s takes the same steps for a direct message and for no channel", async (name) => {
  const { method, path } = endpoints[name]!;
  for (const [, channel] of hidden.filter(([kind]) => kind === "direct" || kind === "group"))
    for (const who of ["guest", "admin", "owner"]) {
      const requestSteps = (channelId: string) =>
        stepsOf(channel.outsiders[who]!, { method, path: fillPath(path, { channelId }) });
      const got = await requestSteps(channel.channelId);
      expect(got).toEqual(await requestSteps(newId("chn")));
      expect(callsOthers(got.steps), got.steps.join("\n")).toBe(false);
    }
});

test("[RD2] [RM13] an upgrade takes the same steps for hidden and missing channels", async () => {
  for (const [, channel] of hidden)
    for (const [, { token, userId }] of outsidersOf(channel)) {
      const requestSteps = async (channelId: string) => {
        const { steps, bindings } = recordingBindings(userId);
        const sent = buildRequest("GET", `/v1/channels/${channelId}/realtime?since=0`, {
          token,
          headers: { Upgrade: "websocket", "Sec-WebSocket-Protocol": subprotocol },
        });
        return { answer: await comparableResponse(await sendWithBindings(bindings, sent)), steps };
      };
      const got = await requestSteps(channel.channelId);
      expect(got).toEqual(await requestSteps(newId("chn")));
      expect(callsOthers(got.steps), got.steps.join("\n")).toBe(false);
    }
});

test("[RD2] [GW2] so does every frame on the gateway socket", async () => {
  for (const [, channel] of hidden)
    for (const [, { token, userId }] of outsidersOf(channel).slice(0, 1)) {
      const { steps, bindings } = recordingBindings(userId);
      const headers = { Upgrade: "websocket", "Sec-WebSocket-Protocol": subprotocol };
      const connect = async () =>
        acceptGateway(
          await sendWithBindings(bindings, buildRequest("GET", "/v1/realtime", { token, headers })),
        );
      let socket = await connect();
      const frames = [
        ["subscribe", {}],
        ["subscribe", { since: 1, epoch: "abcdefgh" }],
        ["typing", {}],
        ...commandTypes.map((type) => [type, commandCases[type].data(scenario)]),
      ] as const;
      for (const [index, [type, data]] of frames.entries()) {
        // A client that continues after many errors is closed.
        if (index % 8 === 7) socket = await connect();
        const requestSteps = async (channelId: string) => {
          steps.length = 0;
          const id = `${index} ${channelId}`;
          socket.send({ id, type, channelId, data });
          const {
            id: _,
            channelId: __,
            ...answer
          } = (await socket.waitFor((item) => item.type === "error" && item.id === id)) as unknown as Record<
            string,
            unknown
          >;
          return { answer, steps: [...steps] };
        };
        const got = await requestSteps(channel.channelId);
        expect(got, String(type)).toEqual(await requestSteps(newId("chn")));
        expect(callsOthers(got.steps), got.steps.join("\n")).toBe(false);
      }
      socket.close?.();
    }
});

test("[RD2] [SR6] `in:` takes the same steps for hidden and missing channels", async () => {
  for (const [, channel] of hidden)
    for (const [, outsider] of outsidersOf(channel)) {
      const requestSteps = (channelId: string) =>
        stepsOf(outsider, {
          method: "GET",
          path: `/v1/search/messages?q=${encodeURIComponent(`secret in:${channelId}`)}`,
        });
      const got = await requestSteps(channel.channelId);
      expect(got).toEqual(await requestSteps(newId("chn")));
      expect(callsOthers(got.steps)).toBe(false);
    }
});

test("[RD2] [LG9] a direct message with an unknown user calls no other object", async () => {
  const { guest, ann } = scenario;
  for (const userIds of [[newId("usr")], [ann.userId, newId("usr")]]) {
    const { answer, steps } = await stepsOf(guest, {
      method: "POST",
      path: "/v1/dms",
      body: JSON.stringify({ userIds }),
    });
    expect(answer).toMatch(/^404\n/);
    expect(callsOthers(steps), steps.join("\n")).toBe(false);
  }
});
