import { channelOf, people, type Person } from "./cast.ts";

export interface BusyChannel {
  ann: Person;
  bob: Person;
  cid: Person;
  channelId: string;
}

/** A channel with something of everything in its log: edits, deletions, roles, people who left and came back, new names. */
export async function busyChannel(): Promise<BusyChannel> {
  const [ann, bob, cid] = (await people("ann", "bob", "cid")) as [Person, Person, Person];
  const channelId = await channelOf(ann, [bob, cid]);
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
