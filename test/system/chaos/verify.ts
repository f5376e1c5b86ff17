import { isDeepStrictEqual } from "node:util";
import { getChannelEvents, getChannelMessages } from "../../../src/client/index.ts";
import type { EventEnvelope, Message, ParleyClient, UserEventEnvelope } from "../../../src/client/index.ts";
import type { Device } from "./device.ts";
import type { Ledger } from "./ledger.ts";
import type { ChannelRecorder } from "./channel-recorder.ts";

const maxShown = 20;

/**
 * Compares the events and views of devices, and the outcomes that senders received, with the server's logs and messages.
 *
 * @param clients - a client with a direct connection for each device's session
 * @returns the differences as text, at most 20; empty if all agree
 */
export async function findDifferences(
  devices: readonly Device[],
  ledger: Ledger,
  channelIds: readonly string[],
  clients: ReadonlyMap<Device, ParleyClient>,
): Promise<string[]> {
  const [anyClient] = clients.values();
  if (!anyClient) throw new RangeError("There is no device to compare");
  const differences: string[] = [];
  for (const channelId of channelIds) {
    const log = await readLog(anyClient, channelId);
    differences.push(...compareSent(ledger, channelId, log));
    for (const device of devices) {
      const recorder = device.recorders.find((one) => one.channelId === channelId);
      if (!recorder) continue;
      const own = [...recorder.violations, ...compareEvents(recorder, log)];
      const fresh = await readMessages(clients.get(device) ?? anyClient, channelId);
      own.push(...compareView(recorder, fresh));
      differences.push(...own.map((difference) => `${device.name}: ${difference}`));
    }
  }
  differences.push(...compareOwn(devices));
  for (const { name, violations } of devices)
    differences.push(...violations.map((fault) => `${name}: ${fault}`));
  return differences.length > maxShown
    ? [...differences.slice(0, maxShown), `and ${differences.length - maxShown} more`]
    : differences;
}

interface Log {
  events: EventEnvelope[];
  /** Ids of deleted messages, whose text was redacted in all events. */
  deleted: Set<string>;
}

async function readLog(client: ParleyClient, channelId: string): Promise<Log> {
  const events: EventEnvelope[] = [];
  for (let hasMore = true; hasMore;) {
    const query = { after: events.at(-1)?.seq ?? 0, limit: 100 };
    const page = await client.call(getChannelEvents, { params: { channelId }, query });
    events.push(...(page.events as EventEnvelope[]));
    hasMore = page.hasMore;
  }
  const deleted = new Set<string>();
  for (const { type, data } of events)
    if (type === "messageDelete" || type === "threadDelete") deleted.add(data.message.id);
  return { events, deleted };
}

async function readMessages(client: ParleyClient, channelId: string): Promise<Message[]> {
  const messages: Message[] = [];
  for (let hasMore = true; hasMore;) {
    const query = { after: messages.at(-1)?.seq ?? 0, limit: 100 };
    const page = await client.call(getChannelMessages, { params: { channelId }, query });
    messages.push(...page.items);
    hasMore = page.hasMoreAfter;
  }
  return messages;
}

/**
 * Checks that each acknowledged message is in the log once, at the acknowledged `seq`; that no rejected message is; and that each with
 * an unknown outcome is there at most once.
 */
function compareSent(ledger: Ledger, channelId: string, { events, deleted }: Log): string[] {
  const differences: string[] = [];
  const bySeq = new Map(events.map((event) => [event.seq, event]));
  const seqsOf = new Map<string, number[]>();
  for (const { type, seq, data } of events) {
    if ((type !== "messageCreate" && type !== "threadCreate") || deleted.has(data.message.id)) continue;
    const { content } = data.message;
    seqsOf.set(content, [...(seqsOf.get(content) ?? []), seq]);
  }
  for (const { content, channelId: where, state, message, rejection } of ledger.sent.values()) {
    if (where !== channelId) continue;
    const seqs = seqsOf.get(content) ?? [];
    if (seqs.length > 1)
      differences.push(`${content} is ${seqs.length} times in the log: #${seqs.join(", #")}`);
    if (state === "unknown" && seqs.length > 0) ledger.unknownFound++;
    if (state === "pending") differences.push(`${content} got no response`);
    if (state === "rejected" && seqs.length > 0)
      differences.push(`${content} was rejected (${rejection}) but is #${seqs.join(", #")}`);
    if (!message) continue;
    const event = bySeq.get(message.seq);
    if (!event || !("message" in event.data) || event.data.message.id !== message.id)
      differences.push(`${content} was acknowledged as #${message.seq}, which is ${event?.type}`);
  }
  for (const content of seqsOf.keys())
    if (!ledger.sent.has(content)) differences.push(`no device sent ${JSON.stringify(content)}`);
  return differences;
}

function compareEvents({ channelId, events, start }: ChannelRecorder, log: Log): string[] {
  const expected = log.events.slice(start.seq);
  const at = expected.findIndex((event, index) => !isSame(events[index], event, log.deleted));
  if (at >= 0)
    return [
      `${channelId} #${expected[at]?.seq} is ${JSON.stringify(expected[at])}, but was received as ${JSON.stringify(events[at])}`,
    ];
  return events.length > expected.length
    ? [
        `${channelId} ends with #${log.events.at(-1)?.seq}, but events up to #${events.at(-1)?.seq} were received`,
      ]
    : [];
}

/** Compares a received event with the logged one; of a message that was deleted since, only `seq` and type. */
function isSame(
  received: EventEnvelope | undefined,
  logged: EventEnvelope,
  deleted: ReadonlySet<string>,
): boolean {
  if (!received || received.seq !== logged.seq || received.type !== logged.type) return false;
  const wasRedacted = "message" in logged.data && deleted.has(logged.data.message.id);
  return wasRedacted || isDeepStrictEqual(received, logged);
}

/** Checks that all devices of a user received the same own events. */
function compareOwn(devices: readonly Device[]): string[] {
  const differences: string[] = [];
  const firstReceived = new Map<string, UserEventEnvelope>();
  for (const { name, person, ownEvents } of devices)
    for (const event of ownEvents) {
      const key = `${person.userId} ${event.seq}`;
      const other = firstReceived.get(key) ?? event;
      firstReceived.set(key, other);
      if (!isDeepStrictEqual(event, other))
        differences.push(
          `${name} received ${JSON.stringify(event)}, another device ${JSON.stringify(other)}`,
        );
    }
  return differences;
}

function compareView(recorder: ChannelRecorder, fresh: readonly Message[]): string[] {
  const shown = recorder.view.list();
  if (shown.length !== fresh.length)
    return [`${recorder.channelId} has ${fresh.length} messages, its view ${shown.length}`];
  const at = fresh.findIndex((message, index) => !isDeepStrictEqual(plain(message), plain(shown[index])));
  return at < 0
    ? []
    : [`${JSON.stringify(fresh[at])} is shown as ${JSON.stringify(shown[at])} in ${recorder.channelId}`];
}

/** Returns a value as JSON has it: without undefined properties. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));
