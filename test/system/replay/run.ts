import { setTimeout as sleep } from "node:timers/promises";
import { createChannel, getChannel, joinChannel } from "../../../src/client/index.ts";
import { runTag } from "../../../scripts/support/run-tag.ts";
import { passwordsAtOnce, registerAll } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import { atOnce } from "./at-once.ts";
import type { Corpus, Spoken } from "./corpus.ts";
import type { StartProgress } from "./progress.ts";
import { speakAll } from "./speakers.ts";
import { startCutting, Subscriber } from "./subscribers.ts";
import { expectedOf } from "./expected.ts";
import { ExpectedPeople } from "./expected-people.ts";
import { Readers } from "./readers.ts";
import type { Reading } from "./readers.ts";
import { checkAcks, checkSubscribers } from "./verify.ts";
import type { Check } from "./verify.ts";
import { checkHistory, checkLog, checkThreads, joinsIn, readLog } from "./verify-channel.ts";
import { checkFollowed, checkNotifications, checkReads, checkUnreads } from "./verify-people.ts";
import { checkRecord } from "./verify-record.ts";

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
    const readers = new Readers(corpus.speakers);
    const progress = startProgress("Speaking", corpus.lines.length);
    const begun = performance.now();
    const { lines } = corpus;
    const { spoken, readings } = await speakAll({ lines, accounts, channelId, rate, readers, progress });
    const seconds = (performance.now() - begun) / 1_000;
    progress.finish();
    stopCutting();
    const reading = startProgress("Reading", readers.latecomers.length);
    readings.push(...(await readers.readUp(accounts, channelId, spoken, reading)));
    reading.finish();

    const { seq: head } = await first.client.call(getChannel, { params: { channelId } });
    await until(() => subscribers.every(({ lastSeq }) => lastSeq >= head));
    const outcome = { channelId, head, accounts, subscribers, spoken, readings };
    return { channelId, spoken, seconds, checks: await checkAll(options, outcome, first) };
  } finally {
    stopCutting();
    await Promise.all(subscribers.map((subscriber) => subscriber.close()));
  }
}

interface Outcome {
  channelId: string;
  head: number;
  accounts: Map<string, Account>;
  subscribers: Subscriber[];
  spoken: Spoken[];
  readings: Reading[];
}

/** Every view of what was said beside what the file makes one expect. */
async function checkAll(
  { persistTo, startProgress }: ReplayOptions,
  { channelId, head, accounts, subscribers, spoken, readings }: Outcome,
  reader: Account,
): Promise<Check[]> {
  const expected = expectedOf(spoken, accounts);
  const log = await readLog(reader, channelId);
  const people = new ExpectedPeople(expected, accounts, joinsIn(log));
  const ids = new Map(spoken.map(({ message }) => [message.seq, message.id]));
  const place = { channelId, head, patienceMs };
  const toCheck = { people, accounts, channelId, ids, patienceMs, startProgress };
  return [
    checkAcks(spoken, expected.messages, expected.threads.size),
    checkSubscribers(subscribers, expected.messages),
    checkLog(log, expected, accounts.size),
    await checkHistory(expected, reader, place),
    await checkThreads(expected, reader, place, { ids, startProgress }),
    checkReads(readings, { people, accounts }),
    await checkUnreads(toCheck),
    await checkFollowed(toCheck),
    await checkNotifications(toCheck),
    await checkRecord({ ...place, persistTo, expected, people, accounts }),
  ];
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
