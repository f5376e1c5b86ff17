import { createChannelFor, createUsers, type TestUser } from "./cast.ts";

export interface EditedChannel {
  ann: TestUser;
  bob: TestUser;
  cid: TestUser;
  channelId: string;
}

/** A channel with something of everything in its log: edits, deletions, roles, people who left and came back, new names. */
export async function createEditedChannel(): Promise<EditedChannel> {
  const [ann, bob, cid] = (await createUsers("ann", "bob", "cid")) as [TestUser, TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob, cid]);
  const at = `/v1/channels/${channelId}`;
  const ids: string[] = [];
  for (const [n, author] of [ann, bob, cid, ann, bob, cid].entries())
    ids.push((await author.call("POST", `${at}/messages`, { content: `message ${n}` })).body.id);
  for (let n = 0; n < 3; n++) await ann.call("PATCH", `${at}/messages/${ids[0]}`, { content: `edit ${n}` });
  await bob.call("PATCH", `${at}/messages/${ids[1]}`, { content: "edited, then gone" });
  await bob.call("DELETE", `${at}/messages/${ids[1]}`);
  await ann.call("DELETE", `${at}/messages/${ids[2]}`);
  await ann.call("PATCH", `${at}/members/${bob.userId}`, { role: "moderator" });
  await ann.call("DELETE", `${at}/members/${cid.userId}`);
  await ann.call("PATCH", at, { topic: "a topic", name: `renamed ${channelId}` });
  await ann.call("POST", `${at}/members`, { userId: cid.userId });
  await ann.call("PATCH", at, { description: 'with ünïcode 🎈 and "quotes" \'; --' });
  return { ann, bob, cid, channelId };
}
