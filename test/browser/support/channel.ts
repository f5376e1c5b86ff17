import {
  addMember,
  type ChannelSnapshot,
  createChannel,
  createMessage,
  getChannelMessages,
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

/** Posts messages as fast as the server acknowledges them, over one socket. */
export async function postFast(
  { client }: Person,
  channelId: string,
  texts: readonly string[],
): Promise<void> {
  const realtime = client.connect({ unreadsEveryMs: 0 });
  await Promise.all(texts.map((content) => realtime.send(channelId, "messageCreate", { content })));
  realtime.close();
}

/** Returns numbered texts. */
export const numbered = (count: number, text: string): string[] =>
  Array.from({ length: count }, (_, at) => `${text} ${at + 1}`);

/** Returns the texts of a channel as the server has them. */
export async function textsOf({ client }: Person, channelId: string): Promise<string[]> {
  const { items } = await client.call(getChannelMessages, { params: { channelId }, query: { limit: 100 } });
  return items.map(({ content }) => content);
}
