import { beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { commandTypes, endpoints, subprotocol } from "../../../src/protocol/index.ts";
import type { Person } from "../../support/worker/cast.ts";
import { greeted } from "../../support/worker/gateway.ts";
import {
  below,
  type Bodies,
  bodiesBelow,
  type Hidden,
  hideChannels,
  variants,
} from "../../support/worker/hidden.ts";
import { request, sendWith, withoutRequestId } from "../../support/worker/raw.ts";
import { recordedEnv } from "../../support/worker/recorded-env.ts";
import { rows, setStage, type Stage } from "../../support/worker/stage.ts";
import { endpointNames, fill } from "../../support/worker/world.ts";

let stage: Stage;
let hidden: [kind: string, Hidden][];
let bodies: Bodies;
/** A file of Ann's that no message carries. */
let unsentId: string;
beforeAll(async () => {
  stage = await setStage({ isPrivate: true });
  hidden = Object.entries(await hideChannels(stage));
  bodies = await bodiesBelow();
  unsentId = (await stage.ann.call("POST", "/v1/files?name=unsent.json", { a: 1 })).body.id;
});

/** A user who left knew of the channel: their hub may still hold it. An owner of the workspace is admitted as its admins are. */
const strangersOf = ({ outsiders }: Hidden): [who: string, Person][] =>
  Object.entries(outsiders).filter(([who]) => who !== "left" && who !== "owner");

interface Asked {
  method: string;
  path: string;
  body?: string | undefined;
  type?: string | undefined;
}

/** The bytes of the answer, and the calls of objects and databases on the way to it. */
async function stepsOf({ token, userId }: Person, { method, path, body, type }: Asked) {
  const { steps, bindings } = recordedEnv(userId);
  const sent = request(method.toUpperCase(), path, {
    token,
    body,
    ...(type && { headers: { "Content-Type": type } }),
  });
  const answer = await withoutRequestId(await sendWith(bindings, sent));
  return { answer, steps };
}

/** No room, and no hub but the asker's: an object that is active answers sooner than one that has to start. */
const callsOthers = (steps: readonly string[]): boolean =>
  steps.some((step) => step.startsWith("ROOMS") || step.startsWith("HUBS other"));

describe.each(below)("%s", (name) => {
  const { method, path } = endpoints[name]!;

  test("[RD2] [LG9] takes the same steps for a hidden channel and for none, and calls no room", async () => {
    for (const [kind, channel] of hidden)
      for (const [who, asker] of strangersOf(channel))
        for (const [query, body, type] of variants(name, bodies)) {
          const ask = (params: Record<string, string>) =>
            stepsOf(asker, { method, path: fill(path, params) + query, body, type });
          const inside = { channelId: channel.channelId, messageId: channel.root, userId: stage.ann.userId };
          const missing = { channelId: newId("chn"), messageId: newId("msg"), userId: newId("usr") };
          const got = await ask(inside);
          expect(got, `${kind} ${who} ${query} ${body}`).toEqual(await ask(missing));
          expect(callsOthers(got.steps), got.steps.join("\n")).toBe(false);
        }
  });
});

const ofFiles = endpointNames.filter((name) => endpoints[name]!.path.includes(":fileId"));

test.each(ofFiles)(
  "[RD2] [FL7] %s takes the same steps for another's hidden file and for none",
  async (name) => {
    const { method, path } = endpoints[name]!;
    for (const [kind, channel] of hidden)
      for (const [who, asker] of strangersOf(channel))
        for (const fileId of [channel.fileId, unsentId]) {
          const ask = (id: string) => stepsOf(asker, { method, path: fill(path, { fileId: id }) });
          const got = await ask(fileId);
          expect(got, `${kind} ${who}`).toEqual(await ask(newId("fil")));
          expect(got.answer).toMatch(/^4\d\d\n/);
          expect(callsOthers(got.steps), got.steps.join("\n")).toBe(false);
        }
  },
);

test("[RD2] [FL7] headers that name a range or a known version change nothing of that", async () => {
  const [, { fileId, outsiders }] = hidden[0]!;
  const { token, userId } = outsiders["guest"]!;
  for (const headers of [
    { Range: "bytes=0-1" },
    { Range: "bytes=99999-" },
    { "If-None-Match": "*" },
    { "If-Range": '"x"', Range: "bytes=0-1" },
  ] as Record<string, string>[])
    for (const method of ["GET", "HEAD"]) {
      const ask = async (id: string) => {
        const { steps, bindings } = recordedEnv(userId);
        const sent = request(method, `/v1/files/${id}/content`, { token, headers });
        return { answer: await withoutRequestId(await sendWith(bindings, sent)), steps };
      };
      expect(await ask(fileId)).toEqual(await ask(newId("fil")));
    }
});

const ofAdmins = endpointNames.filter((name) => /^\/v1\/admin\/.*:channelId/.test(endpoints[name]!.path));

test.each(ofAdmins)("[CH5] %s takes the same steps for a direct message and for no channel", async (name) => {
  const { method, path } = endpoints[name]!;
  for (const [, channel] of hidden.filter(([kind]) => kind === "direct" || kind === "group"))
    for (const who of ["guest", "admin", "owner"]) {
      const ask = (channelId: string) =>
        stepsOf(channel.outsiders[who]!, { method, path: fill(path, { channelId }) });
      const got = await ask(channel.channelId);
      expect(got).toEqual(await ask(newId("chn")));
      expect(callsOthers(got.steps), got.steps.join("\n")).toBe(false);
    }
});

test("[RD2] [RM13] an upgrade takes the same steps for a hidden channel and for none", async () => {
  for (const [, channel] of hidden)
    for (const [, { token, userId }] of strangersOf(channel)) {
      const ask = async (channelId: string) => {
        const { steps, bindings } = recordedEnv(userId);
        const sent = request("GET", `/v1/channels/${channelId}/realtime?since=0`, {
          token,
          headers: { Upgrade: "websocket", "Sec-WebSocket-Protocol": subprotocol },
        });
        return { answer: await withoutRequestId(await sendWith(bindings, sent)), steps };
      };
      const got = await ask(channel.channelId);
      expect(got).toEqual(await ask(newId("chn")));
      expect(callsOthers(got.steps), got.steps.join("\n")).toBe(false);
    }
});

test("[RD2] [GW2] so does every frame on the one socket", async () => {
  for (const [, channel] of hidden)
    for (const [, { token, userId }] of strangersOf(channel).slice(0, 1)) {
      const { steps, bindings } = recordedEnv(userId);
      const headers = { Upgrade: "websocket", "Sec-WebSocket-Protocol": subprotocol };
      const connect = async () =>
        greeted(await sendWith(bindings, request("GET", "/v1/realtime", { token, headers })));
      let socket = await connect();
      const frames = [
        ["subscribe", {}],
        ["subscribe", { since: 1, epoch: "abcdefgh" }],
        ["typing", {}],
        ...commandTypes.map((type) => [type, rows[type].data(stage)]),
      ] as const;
      for (const [index, [type, data]] of frames.entries()) {
        // A client that goes on like this is closed.
        if (index % 8 === 7) socket = await connect();
        const ask = async (channelId: string) => {
          steps.length = 0;
          const id = `${index} ${channelId}`;
          socket.send({ id, type, channelId, data });
          const {
            id: _,
            channelId: __,
            ...answer
          } = (await socket.until((item) => item.type === "error" && item.id === id)) as unknown as Record<
            string,
            unknown
          >;
          return { answer, steps: [...steps] };
        };
        const got = await ask(channel.channelId);
        expect(got, String(type)).toEqual(await ask(newId("chn")));
        expect(callsOthers(got.steps), got.steps.join("\n")).toBe(false);
      }
      socket.close?.();
    }
});

test("[RD2] [SR6] `in:` takes the same steps for the id of a hidden channel and for one that does not exist", async () => {
  for (const [, channel] of hidden)
    for (const [, asker] of strangersOf(channel)) {
      const ask = (channelId: string) =>
        stepsOf(asker, {
          method: "GET",
          path: `/v1/search/messages?q=${encodeURIComponent(`secret in:${channelId}`)}`,
        });
      const got = await ask(channel.channelId);
      expect(got).toEqual(await ask(newId("chn")));
      expect(callsOthers(got.steps)).toBe(false);
    }
});

test("[RD2] [LG9] a direct message with nobody is refused without a call to any other object", async () => {
  const { guest, ann } = stage;
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
