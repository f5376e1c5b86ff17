import { setTimeout as sleep } from "node:timers/promises";
import { openParleySocket } from "../reads/live-socket.ts";
import { readPerChannel, type ReadsSize, type ReadsTarget, textOf, unreadIn } from "../reads/plan.ts";
import type { Account, Client } from "./client.ts";
import { sendMessages } from "./send-messages.ts";

const channelsAtOnce = 4;

/** Fills rooms through real commands: a long channel, and short ones that both readers have partly read. */
export async function openReads(
  client: Client,
  port: number,
  people: Account[],
  size: ReadsSize,
  progress: (text: string) => void,
): Promise<ReadsTarget> {
  const [author, live, rest] = people as [Account, Account, Account];
  const readers = [live, rest];
  for (const account of [author, ...readers]) await client.renew(account);
  const tag = Date.now().toString(36);
  const open = async (name: string) => {
    const channelId = await client.createChannel(author, `reads-${tag}-${name}`);
    for (const { userId } of readers) await client.addMember(author, channelId, userId);
    return { channelId, firstSeq: (await client.channel(live, channelId)).seq + 1 };
  };
  const send = (channelId: string, count: number, onAcked?: (acked: number) => void) =>
    sendMessages(port, { channelId, token: author.accessToken }, { count, textOf }, onAcked);

  const { channelId, firstSeq } = await open("long");
  const begun = performance.now();
  await send(channelId, size.messages, (acked) => progress(`${acked} of ${size.messages} messages`));
  const perSecond = Math.round(size.messages / ((performance.now() - begun) / 1_000));
  await waitForProjection(client, live, channelId, firstSeq + size.messages - 1, progress);

  const shortChannelIds: string[] = [];
  const fillShort = async (index: number) => {
    const short = await open(`${index}`);
    shortChannelIds.push(short.channelId);
    const count = readPerChannel + unreadIn(index);
    await send(short.channelId, count);
    for (const reader of readers)
      await client.markRead(reader, short.channelId, short.firstSeq + readPerChannel - 1);
    await waitForProjection(client, live, short.channelId, short.firstSeq + count - 1, () => {});
    progress(`${shortChannelIds.length} of ${size.channels} channels`);
  };
  const left = Array.from({ length: size.channels }, (_, index) => index).values();
  const work = async () => {
    for (const index of left) await fillShort(index);
  };
  await Promise.all(Array.from({ length: channelsAtOnce }, work));
  const address = { host: "127.0.0.1", port };
  return {
    ...address,
    tokens: { live: live.accessToken, rest: rest.accessToken },
    channelId,
    shortChannelIds,
    firstSeq,
    openSocket: () => openParleySocket({ ...address, token: live.accessToken }, channelId),
    note: `Filled through real commands over a socket: ${perSecond.toLocaleString("en")} messages a second.`,
  };
}

/** Waits until D1 has the channel up to `seq`. */
async function waitForProjection(
  client: Client,
  reader: Account,
  channelId: string,
  seq: number,
  progress: (text: string) => void,
): Promise<void> {
  for (;;) {
    const at = await client.projectedSeq(reader, channelId);
    if (at >= seq) return;
    progress(`D1 is at #${at} of #${seq}`);
    await sleep(100);
  }
}
