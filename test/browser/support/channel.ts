import {
  addMember,
  type ChannelSnapshot,
  createChannel,
  createMessage,
  type Message,
  requireMessage,
} from "../../../src/client/index.ts";
import type { Person } from "./web-app.ts";

let channels = 0;

/** Creates a public channel with members. */
export async function createChannelWith(
  owner: Person,
  members: readonly Person[],
  name = "tea",
): Promise<ChannelSnapshot> {
  const channel = await owner.client.call(createChannel, { body: { name: `${name}-${++channels}` } });
  for (const { me } of members)
    await owner.client.call(addMember, { params: { channelId: channel.id }, body: { userId: me.id } });
  return channel;
}

/** Posts a message as a person. */
export async function post({ client }: Person, channelId: string, content: string): Promise<Message> {
  return requireMessage(await client.call(createMessage, { params: { channelId }, body: { content } }));
}

/** Posts numbered messages. */
export async function postMany(
  person: Person,
  channelId: string,
  count: number,
  text = "Message",
): Promise<void> {
  for (let at = 1; at <= count; at++) await post(person, channelId, `${text} ${at}`);
}
