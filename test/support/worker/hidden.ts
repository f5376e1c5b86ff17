import { endpoints } from "../../../src/protocol/index.ts";
import { createChannelFor, type TestUser, createUser } from "./cast.ts";
import type { ChannelScenario } from "./stage.ts";
import { endpointNames, createSampleWorkspace, sampleOf } from "./world.ts";

/** A channel that some users may not know of. */
export interface HiddenChannel {
  channelId: string;
  /** A message, and a reply to it. */
  root: string;
  reply: string;
  /** Carried by a message of the channel. */
  fileId: string;
  outsiders: Record<string, TestUser>;
}

/** Makes channels of Ann's, Bob's and Cid's, of all kinds that others may not see. */
export async function createHiddenChannels({
  ann,
  bob,
  cid,
  guest,
  channelId,
}: ChannelScenario): Promise<Record<string, HiddenChannel>> {
  const inWorkspace = {
    guest,
    admin: await createUser("admin", { role: "admin" }),
    owner: await createUser("owner", { role: "owner" }),
  };
  const left = await createUser("left");
  const direct = async (...others: TestUser[]): Promise<string> =>
    (await ann.call("POST", "/v1/dms", { userIds: others.map(({ userId }) => userId) })).body.id;
  const talk = async (id: string): Promise<Omit<HiddenChannel, "outsiders">> => {
    const at = `/v1/channels/${id}/messages`;
    const fileId = (await ann.call("POST", "/v1/files?name=secret.json", { secret: true })).body.id;
    const { body: root } = await ann.call("POST", at, { content: "secret", fileIds: [fileId] });
    const { body: reply } = await bob.call("POST", `${at}/${root.id}/thread`, { content: "secret reply" });
    await bob.call("PUT", `${at}/${root.id}/pin`);
    await bob.call("PUT", `${at}/${root.id}/reactions/${encodeURIComponent("👍")}`);
    return { channelId: id, root: root.id, reply: reply.id, fileId };
  };
  const wasPublic = await createChannelFor(ann, [bob, left]);
  const archived = await createChannelFor(ann, [bob], { isPrivate: true });
  const hidden = {
    private: { ...(await talk(channelId)), outsiders: inWorkspace },
    "public once": { ...(await talk(wasPublic)), outsiders: { ...inWorkspace, left } },
    archived: { ...(await talk(archived)), outsiders: inWorkspace },
    direct: { ...(await talk(await direct(bob))), outsiders: { ...inWorkspace, third: cid } },
    group: { ...(await talk(await direct(bob, cid))), outsiders: inWorkspace },
  };
  await guest.call("GET", `/v1/channels/${wasPublic}/messages`);
  await left.call("PUT", `/v1/channels/${wasPublic}/messages/${hidden["public once"].root}/thread/follow`);
  await left.call("POST", `/v1/channels/${wasPublic}/leave`);
  await ann.call("PATCH", `/v1/channels/${wasPublic}`, { isPrivate: true });
  await ann.call("DELETE", `/v1/channels/${archived}`);
  return hidden;
}

/** Those of the workspace's own upkeep show ids and numbers alone, to its admins. */
export const channelEndpointNames = endpointNames.filter(
  (name) => endpoints[name]!.path.includes(":channelId") && endpoints[name]!.tag !== "admin",
);

/** A body that each endpoint below a channel accepts. */
export type SampleBodies = Record<string, Record<string, unknown> | undefined>;

export async function sampleChannelBodies(): Promise<SampleBodies> {
  const bodies: SampleBodies = {};
  const world = await createSampleWorkspace();
  for (const name of channelEndpointNames) bodies[name] = (await sampleOf(name, world)).body;
  return bodies;
}

export type RequestVariant = [query: string, body: string | undefined, type?: string];

/** Requests with the right body, and with faults that have nothing to do with the channel. */
export function requestVariants(name: string, bodies: SampleBodies): RequestVariant[] {
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
}
