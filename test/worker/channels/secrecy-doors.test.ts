import { beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../../src/core/ids.ts";
import { commandTypes, endpoints } from "../../../src/protocol/index.ts";
import { channelOf, type Person, person, roomOf } from "../../support/worker/cast.ts";
import { send, withoutRequestId } from "../../support/worker/raw.ts";
import { upgrade } from "../../support/worker/socket.ts";
import { rows, setStage, type Stage } from "../../support/worker/stage.ts";
import { endpointNames, fill, makeWorld, sampleOf } from "../../support/worker/world.ts";

interface Hidden {
  channelId: string;
  /** A message, and a reply to it. */
  root: string;
  reply: string;
  /** Who may not know of it. */
  outsiders: Record<string, Person>;
}

let stage: Stage;
let hidden: Record<string, Hidden>;
const bodies: Record<string, Record<string, unknown> | undefined> = {};

/** Channels of Ann's, Bob's and Cid's, of all kinds that others may not see. */
beforeAll(async () => {
  stage = await setStage({ isPrivate: true });
  const { ann, bob, cid, guest } = stage;
  const inWorkspace = {
    guest,
    admin: await person("admin", { role: "admin" }),
    owner: await person("owner", { role: "owner" }),
  };
  const left = await person("left");
  const direct = async (...others: Person[]): Promise<string> =>
    (await ann.call("POST", "/v1/dms", { userIds: others.map(({ userId }) => userId) })).body.id;
  const talk = async (channelId: string): Promise<Omit<Hidden, "outsiders">> => {
    const at = `/v1/channels/${channelId}/messages`;
    const { body: root } = await ann.call("POST", at, { content: "secret" });
    const { body: reply } = await bob.call("POST", `${at}/${root.id}/thread`, { content: "secret reply" });
    await bob.call("PUT", `${at}/${root.id}/pin`);
    await bob.call("PUT", `${at}/${root.id}/reactions/${encodeURIComponent("👍")}`);
    return { channelId, root: root.id, reply: reply.id };
  };
  const wasPublic = await channelOf(ann, [bob, left]);
  const archived = await channelOf(ann, [bob], { isPrivate: true });
  hidden = {
    private: { ...(await talk(stage.channelId)), outsiders: inWorkspace },
    "public once": { ...(await talk(wasPublic)), outsiders: { ...inWorkspace, left } },
    archived: { ...(await talk(archived)), outsiders: inWorkspace },
    direct: { ...(await talk(await direct(bob))), outsiders: { ...inWorkspace, third: cid } },
    group: { ...(await talk(await direct(bob, cid))), outsiders: inWorkspace },
  };
  await guest.call("GET", `/v1/channels/${wasPublic}/messages`);
  await left.call("PUT", `/v1/channels/${wasPublic}/messages/${hidden["public once"]!.root}/thread/follow`);
  await left.call("POST", `/v1/channels/${wasPublic}/leave`);
  await ann.call("PATCH", `/v1/channels/${wasPublic}`, { isPrivate: true });
  await ann.call("DELETE", `/v1/channels/${archived}`);
  const world = await makeWorld();
  for (const name of below) bodies[name] = (await sampleOf(name, world)).body;
});

/** Those of the workspace's own upkeep show ids and numbers alone, to whoever sees to it. */
const below = endpointNames.filter(
  (name) => endpoints[name]!.path.includes(":channelId") && endpoints[name]!.tag !== "admin",
);

/** A request with its right body, and with what is wrong with it in other ways than the channel. */
const variants = (name: string): [query: string, body: string | undefined, type?: string][] => {
  const right = bodies[name];
  if (endpoints[name]!.method === "get")
    return [
      ["", undefined],
      ["?limit=0", undefined],
      ["?limit=1&cursor=x", undefined],
      ["?after=1", undefined],
    ];
  if (!right)
    return [
      ["", undefined],
      ["?x=1", undefined],
    ];
  return [
    ["", JSON.stringify(right)],
    ["", JSON.stringify({ ...right, colour: "red" })],
    ["", "{}"],
    ["", "{"],
    ["", JSON.stringify(right), "text/plain"],
    ["", undefined],
  ];
};

describe.each(below)("%s", (name) => {
  const { method, path } = endpoints[name]!;

  test("[RD2] gives an outsider for any kind of hidden channel, byte for byte, what it gives for none", async () => {
    const { ann, bob } = stage;
    const madeUp = { channelId: newId("chn"), messageId: newId("msg"), userId: newId("usr") };
    for (const [kind, { channelId, root, reply, outsiders }] of Object.entries(hidden)) {
      const places = [
        { messageId: root, userId: ann.userId },
        { messageId: reply, userId: bob.userId },
        { messageId: newId("msg"), userId: newId("usr") },
      ].slice(0, path.includes(":messageId") || path.includes(":userId") ? 3 : 1);
      for (const [who, { token, userId }] of Object.entries(outsiders))
        for (const [query, body, type] of variants(name)) {
          const ask = async (params: Record<string, string>) =>
            withoutRequestId(
              await send(method.toUpperCase(), fill(path, params) + query, {
                token,
                body,
                ...(type && { headers: { "Content-Type": type } }),
              }),
            );
          const none = await ask(madeUp);
          expect(none).toMatch(/^4\d\d\n/);
          const some =
            body === undefined || query !== ""
              ? places.slice(0, 1)
              : [...places, { messageId: root, userId }];
          for (const place of some) {
            const about = `${kind} ${who} ${query} ${body} ${JSON.stringify(place)}`;
            expect(await ask({ channelId, ...place }), about).toBe(none);
            expect(await ask({ ...place, channelId: madeUp.channelId }), about).toBe(none);
          }
        }
    }
  });
});

test.each(commandTypes)(
  "[RD2] [RM1] %s of an outsider is answered alike by a hidden room and by none",
  async (type) => {
    const data = rows[type].data(stage);
    for (const [kind, { channelId, outsiders }] of Object.entries(hidden))
      for (const [who, { userId, sessionId }] of Object.entries(outsiders)) {
        const role = who === "admin" || who === "owner" ? who : "member";
        const ask = (id: string) => roomOf(id).execute({ userId, sessionId, role }, { type, data } as never);
        const none = await ask(newId("chn"));
        expect(none).toMatchObject({ ok: false, problem: { code: "not_found" } });
        expect(await ask(channelId), `${kind} ${who}`).toEqual(none);
      }
  },
);

test("[RD2] [RM13] no outsider gets a socket, nor reaches a hidden channel through that of another", async () => {
  const own = await channelOf(stage.guest);
  let socket = await stage.guest.connect(own);
  for (const { channelId, outsiders } of Object.values(hidden)) {
    for (const { token } of Object.values(outsiders)) {
      const refusal = async (id: string) =>
        withoutRequestId(await upgrade(`/v1/channels/${id}/realtime?since=0`, token));
      expect(await refusal(channelId)).toBe(await refusal(newId("chn")));
    }
  }
  const { channelId } = hidden["private"]!;
  for (const [index, type] of commandTypes.entries()) {
    // Who goes on like this is closed.
    if (index % 8 === 0) socket = await stage.guest.connect(own);
    const ask = async (id: string) => {
      const frameId = `${index} ${id}`;
      socket.send({ id: frameId, type, channelId: id, data: rows[type].data(stage) });
      const answer = await socket.until((item) => item.type === "error" && item.id === frameId);
      return { ...answer, id: "" };
    };
    expect(await ask(channelId)).toEqual(await ask(newId("chn")));
  }
});

test("[RD2] who is called, or once followed, in a channel that is hidden from them hears nothing of it", async () => {
  const { ann, bob } = stage;
  const { channelId, root, outsiders } = hidden["public once"]!;
  const { left, guest, admin } = outsiders as Record<string, Person>;
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
