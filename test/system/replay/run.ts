import { setTimeout as sleep } from "node:timers/promises";
import { createChannel, getChannel, joinChannel } from "../../../src/client/index.ts";
import { runTag } from "../../../scripts/support/run-id.ts";
import { maxConcurrentLogins, registerAll } from "./accounts.ts";
import type { Account } from "./accounts.ts";
import { inParallel } from "../../../src/lib/parallel.ts";
import type { Corpus, SentLine } from "./corpus.ts";
import type { StartProgress } from "../../../scripts/support/progress.ts";
import { sendAll } from "./send-lines.ts";
import { startCutting, Subscriber } from "./subscribers.ts";
import { expectedOf } from "./expected.ts";
import { ExpectedUsers } from "./expected-users.ts";
import { ReadSimulation } from "./read-simulation.ts";
import type { ReadMarker } from "./read-simulation.ts";
import { checkAcks, checkSubscribers } from "./verify.ts";
import type { Check } from "./verify.ts";
import { checkHistory, checkLog, checkThreads, joinsIn, readLog } from "./verify-channel.ts";
import { checkFollowed, checkNotifications, checkReads, checkUnreads } from "./verify-users.ts";
import { checkD1 } from "./verify-d1.ts";

export interface ReplayOptions {
  url: string;
  corpus: Corpus;
  subscribers: number;
  /** Resets the connections of `count` subscribers every `everyMs`; null: none. */
  cutting: { count: number; everyMs: number } | null;
  /** Seed of the choice of these subscribers. */
  seed: number;
  /** Limit of messages a second. */
  rate: number;
  /** The server's state directory, for the comparison with D1. */
  persistTo: string;
  startProgress: StartProgress;
}

/** The result of a run. */
export interface ReplayReport {
  channelId: string;
  /** Each line of the file with the message that was created from it. */
  sent: SentLine[];
  /** From the first message sent to the last acknowledged. */
  seconds: number;
  checks: Check[];
}

/** How long projections and subscribers may take to catch up with the log after the last acknowledgement. */
const timeoutMs = 60_000;

/** Sends a conversation into a new public channel, and compares every view of the result with the file. */
export async function replay(options: ReplayOptions): Promise<ReplayReport> {
  const { corpus, startProgress, cutting, rate } = options;
  const { channelId, accounts } = await setUpChannel(options);
  const [first] = accounts.values();
  if (!first) throw new RangeError("The corpus has no author");

  const subscribers = await subscribe(options, channelId, [...accounts.values()]);
  const stopCutting = cutting
    ? startCutting(subscribers, cutting.count, cutting.everyMs, options.seed)
    : () => {};
  try {
    const readSimulation = new ReadSimulation(corpus.authors);
    const progress = startProgress("Sending", corpus.lines.length);
    const startedMs = performance.now();
    const { lines } = corpus;
    const { sent, markers } = await sendAll({ lines, accounts, channelId, rate, readSimulation, progress });
    const seconds = (performance.now() - startedMs) / 1_000;
    progress.finish();
    stopCutting();
    const reading = startProgress("Reading", readSimulation.lateReaders.length);
    markers.push(...(await readSimulation.readAtEnd(accounts, channelId, sent, reading)));
    reading.finish();

    const { seq: head } = await first.client.call(getChannel, { params: { channelId } });
    await until(() => subscribers.every(({ lastSeq }) => lastSeq >= head));
    const outcome = { channelId, head, accounts, subscribers, sent, markers };
    return { channelId, sent, seconds, checks: await checkAll(options, outcome, first) };
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
  sent: SentLine[];
  markers: ReadMarker[];
}

/** Compares every view of the sent messages with what follows from the file. */
async function checkAll(
  { persistTo, startProgress }: ReplayOptions,
  { channelId, head, accounts, subscribers, sent, markers }: Outcome,
  reader: Account,
): Promise<Check[]> {
  const expected = expectedOf(sent, accounts);
  const log = await readLog(reader, channelId);
  const expectedUsers = new ExpectedUsers(expected, accounts, joinsIn(log));
  const ids = new Map(sent.map(({ message }) => [message.seq, message.id]));
  const channelHead = { channelId, head, timeoutMs };
  const userOptions = { expectedUsers, accounts, channelId, ids, timeoutMs, startProgress };
  return [
    checkAcks(sent, expected.messages, expected.threads.size),
    checkSubscribers(subscribers, expected.messages),
    checkLog(log, expected, accounts.size),
    await checkHistory(expected, reader, channelHead),
    await checkThreads(expected, reader, channelHead, { ids, startProgress }),
    checkReads(markers, { expectedUsers, accounts }),
    await checkUnreads(userOptions),
    await checkFollowed(userOptions),
    await checkNotifications(userOptions),
    await checkD1({ ...channelHead, persistTo, expected, expectedUsers, accounts }),
  ];
}

/** Registers all authors; the first creates the channel, the others join it. */
async function setUpChannel({ url, corpus, startProgress }: ReplayOptions) {
  const tag = runTag();
  const progress = startProgress("Registering", corpus.authors.length);
  let channelId = "";
  const onRegistered = async ({ client }: Account) => {
    if (channelId) await client.call(joinChannel, { params: { channelId } });
    else channelId = (await client.call(createChannel, { body: { name: `replay-${tag}` } })).id;
  };
  const accounts = await registerAll({ url, names: corpus.authors, tag, onRegistered, progress });
  progress.finish();
  return { channelId, accounts };
}

/** Connects further devices of the authors, subscribed from the current end of the log. */
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
  const opened = await inParallel(devices, maxConcurrentLogins, async (account, index) => {
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
  const deadline = Date.now() + timeoutMs;
  while (!condition() && Date.now() < deadline) await sleep(50);
}
