import type { SocketsTarget } from "../sockets/measure.ts";
import type { Account, Client } from "./client.ts";

/** Creates channels with two members: one receives, the other sends. */
export async function openSockets(
  client: Client,
  port: number,
  people: Account[],
  channels: number,
  progress: (text: string) => void,
): Promise<SocketsTarget> {
  const [sender, reader] = people as [Account, Account];
  for (const account of [sender, reader]) await client.renew(account);
  const tag = Date.now().toString(36);
  const channelIds: string[] = [];
  while (channelIds.length < channels) {
    progress(`opening channel ${channelIds.length + 1}/${channels}`);
    const channelId = await client.createChannel(sender, `sockets-${tag}-${channelIds.length}`);
    await client.addMember(sender, channelId, reader.userId);
    channelIds.push(channelId);
  }
  const addressOf = ({ accessToken }: Account) => ({ host: "127.0.0.1", port, token: accessToken });
  return { address: addressOf(reader), sender: addressOf(sender), channelIds };
}
