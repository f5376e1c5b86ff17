import { expect } from "vitest";
import { type EditedChannel, createEditedChannel } from "./busy-channel.ts";

export interface ActiveChannel extends EditedChannel {
  /** A root with replies, by its author and by others. */
  rootId: string;
}

/**
 * A busy channel with what people add to messages as well: mentions, threads, reactions, pins; and with what concerns members
 * alone: where they have read, what they follow, what they want to be notified of.
 */
export async function createActiveChannel(): Promise<ActiveChannel> {
  const busy = await createEditedChannel();
  const { ann, bob, cid, channelId } = busy;
  const at = `/v1/channels/${channelId}`;
  const done = async (answer: ReturnType<typeof ann.call>) => {
    const { status, body, text } = await answer;
    expect(status, text).toBeLessThan(300);
    return body;
  };
  const say = (content: string) => done(ann.call("POST", `${at}/messages`, { content }));
  const { id: rootId } = await say(`@${bob.username} look`);
  const { id: second } = await say(`@channel and \`@${cid.username}\``);
  const thread = `${at}/messages/${rootId}/thread`;
  await done(bob.call("POST", thread, { content: "a reply" }));
  const also = await done(bob.call("POST", thread, { content: `@${cid.username} see`, alsoInChannel: true }));
  const { id: gone } = await done(cid.call("POST", thread, { content: "to be deleted" }));
  await done(cid.call("POST", `${at}/messages/${second}/thread`, { content: "all that is left" }));
  await done(cid.call("DELETE", `${at}/messages/${gone}`));
  await done(
    bob.call("PATCH", `${at}/messages/${also.id}`, { content: `@${ann.username} see`, expectedVersion: 1 }),
  );
  for (const [who, emoji] of [
    [ann, "👍"],
    [bob, "👍"],
    [cid, "🎈"],
    [bob, "🎈"],
  ] as const)
    await done(who.call("PUT", `${at}/messages/${rootId}/reactions/${encodeURIComponent(emoji)}`));
  await done(bob.call("DELETE", `${at}/messages/${rootId}/reactions/${encodeURIComponent("🎈")}`));
  for (const id of [rootId, second]) await done(ann.call("PUT", `${at}/messages/${id}/pin`));
  await done(ann.call("DELETE", `${at}/messages/${second}/pin`));
  await done(cid.call("PUT", `${thread}/follow`));
  await done(cid.call("DELETE", `${at}/messages/${second}/thread/follow`));
  await done(bob.call("PUT", `${thread}/read`, { seq: also.seq }));
  await done(bob.call("PUT", `${at}/read`, { seq: 9 }));
  await done(cid.call("PUT", `${at}/read`, { seq: 4 }));
  await done(cid.call("PUT", `${at}/notifications`, { level: "none" }));
  return { ...busy, rootId };
}
