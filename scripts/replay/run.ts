import { setTimeout as sleep } from "node:timers/promises";
import { createChannel, getChannel, joinChannel } from "../../src/client/index.ts";
import { runTag } from "../support/run-tag.ts";
import { passwordsAtOnce, registerAll } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import { atOnce } from "./at-once.ts";
import type { Corpus } from "./corpus.ts";
import type { StartProgress } from "./progress.ts";
import { speakAll } from "./speakers.ts";
import type { Spoken } from "./speakers.ts";
import { startCutting, Subscriber } from "./subscribers.ts";
import { checkAcks, checkHistory, checkRecord, checkSubscribers, expectedOf } from "./verify.ts";
import type { Check } from "./verify.ts";

export interface ReplayOptions {
  url: string;
  corpus: Corpus;
  subscribers: number;
  /** Cuts `count` of the subscribers every `everyMs`; null: none. */
  cutting: { count: number; everyMs: number } | null;
  /** Decides who is cut. */
  seed: number;
  /** Messages a second at most. */
  rate: number;
  /** The server's state directory, for the comparison with D1. */
  persistTo: string;
  startProgress: StartProgress;
}

export interface ReplayReport {
  channelId: string;
  /** Each line of the file and the message that it became. */
  spoken: Spoken[];
  /** From the first message sent to the last acknowledged. */
  seconds: number;
  checks: Check[];
}

/** How long views may take to be complete after the last ack. */
const patienceMs = 60_000;

/** Speaks a conversation into a new public channel and compares what came of it with the file, everywhere. */
export async function replay(options: ReplayOptions): Promise<ReplayReport> {
  const { corpus, startProgress, cutting, rate } = options;
  const { channelId, accounts } = await gather(options);
  const [first] = accounts.values();
  if (!first) throw new RangeError("A corpus has at least one speaker");

  const subscribers = await subscribe(options, channelId, [...accounts.values()]);
  const stopCutting = cutting
    ? startCutting(subscribers, cutting.count, cutting.everyMs, options.seed)
    : () => {};
  try {
    const progress = startProgress("Speaking", corpus.lines.length);
    const begun = performance.now();
    const spoken = await speakAll({ lines: corpus.lines, accounts, channelId, rate, progress });
    const seconds = (performance.now() - begun) / 1_000;
    progress.finish();
    stopCutting();

    const { seq: head } = await first.client.call(getChannel, { params: { channelId } });
    await until(() => subscribers.every(({ lastSeq }) => lastSeq >= head));
    const expected = expectedOf(spoken, accounts);
    const checks = [
      checkAcks(spoken),
      checkSubscribers(subscribers, expected),
      await checkHistory(expected, first, { channelId, head, patienceMs }),
      await checkRecord(expected, options.persistTo, { channelId, head, patienceMs }),
    ];
    return { channelId, spoken, seconds, checks };
  } finally {
    stopCutting();
    await Promise.all(subscribers.map((subscriber) => subscriber.close()));
  }
}

/** Registers all speakers; the first opens the channel, the others join it. */
async function gather({ url, corpus, startProgress }: ReplayOptions) {
  const tag = runTag();
  const progress = startProgress("Registering", corpus.speakers.length);
  let channelId = "";
  const welcome = async ({ client }: Account) => {
    if (channelId) await client.call(joinChannel, { params: { channelId } });
    else channelId = (await client.call(createChannel, { body: { name: `replay-${tag}` } })).id;
  };
  const accounts = await registerAll({ url, names: corpus.speakers, tag, welcome, progress });
  progress.finish();
  return { channelId, accounts };
}

/** Further devices of the speakers, subscribed from the same place on. */
async function subscribe(
  { url, subscribers, cutting, startProgress }: ReplayOptions,
  channelId: string,
  accounts: Account[],
) {
  const [first] = accounts;
  if (!first) return [];
  const since = await first.client.call(getChannel, { params: { channelId } });
  const progress = startProgress("Subscribing", subscribers);
  const devices = Array.from(
    { length: subscribers },
    (_, index) => accounts[index % accounts.length] ?? first,
  );
  const opened = await atOnce(passwordsAtOnce, devices, async (account, index) => {
    const name = `subscriber ${index + 1}`;
    const subscriber = await Subscriber.open({
      name,
      account,
      url,
      cuttable: cutting !== null,
      channelId,
      since,
    });
    progress.advance();
    return subscriber;
  });
  progress.finish();
  return opened;
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!condition() && Date.now() < deadline) await sleep(50);
}
