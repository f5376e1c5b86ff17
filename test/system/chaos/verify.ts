import { isDeepStrictEqual } from "node:util";
import { getChannelEvents, getChannelMessages } from "../../../src/client/index.ts";
import type { EventEnvelope, Message, ParleyClient, UserEventEnvelope } from "../../../src/client/index.ts";
import type { Device } from "./device.ts";
import type { Ledger } from "./ledger.ts";
import type { Watch } from "./watch.ts";

const shownAtMost = 20;

/** Every difference between what devices have, what senders know, and what is there; none: all is well. */
export async function differencesOf(
  devices: readonly Device[],
  ledger: Ledger,
  channelIds: readonly string[],
  /** Of each device's session, with nothing rough in between. */
  clients: ReadonlyMap<Device, ParleyClient>,
): Promise<string[]> {
  const [anybody] = clients.values();
  if (!anybody) throw new RangeError("Nobody is there");
  const differences: string[] = [];
  for (const channelId of channelIds) {
    const log = await readLog(anybody, channelId);
    differences.push(...compareSent(ledger, channelId, log));
    for (const device of devices) {
      const watch = device.watches.find((one) => one.channelId === channelId);
      if (!watch) continue;
      const own = [...watch.faults, ...compareEvents(watch, log)];
      const fresh = await readMessages(clients.get(device) ?? anybody, channelId);
      own.push(...compareView(watch, fresh));
      differences.push(...own.map((difference) => `${device.name}: ${difference}`));
    }
  }
  differences.push(...compareOwn(devices));
  for (const { name, faults } of devices) differences.push(...faults.map((fault) => `${name}: ${fault}`));
  return differences.length > shownAtMost
    ? [...differences.slice(0, shownAtMost), `and ${differences.length - shownAtMost} more`]
    : differences;
}

interface Log {
  events: EventEnvelope[];
  /** Messages that were deleted: their text went from every event that bore it. */
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

/** What was acknowledged is there once, where the acknowledgement says; what was refused is not; the rest at most once. */
function compareSent(ledger: Ledger, channelId: string, { events, deleted }: Log): string[] {
  const differences: string[] = [];
  const bySeq = new Map(events.map((event) => [event.seq, event]));
  const seqsOf = new Map<string, number[]>();
  for (const { type, seq, data } of events) {
    if ((type !== "messageCreate" && type !== "threadCreate") || deleted.has(data.message.id)) continue;
    const { content } = data.message;
    seqsOf.set(content, [...(seqsOf.get(content) ?? []), seq]);
  }
  for (const { content, channelId: where, state, message, refusal } of ledger.sent.values()) {
    if (where !== channelId) continue;
    const seqs = seqsOf.get(content) ?? [];
    if (seqs.length > 1) differences.push(`${content} is there ${seqs.length} times: ${seqs.join(", ")}`);
    if (state === "unknown" && seqs.length > 0) ledger.found++;
    if (state === "pending") differences.push(`${content} was never answered`);
    if (state === "refused" && seqs.length > 0)
      differences.push(`${content} was refused (${refusal}) and is #${seqs.join(", #")}`);
    if (!message) continue;
    const event = bySeq.get(message.seq);
    if (!event || !("message" in event.data) || event.data.message.id !== message.id)
      differences.push(`${content} was acknowledged as #${message.seq}, where there is ${event?.type}`);
  }
  for (const content of seqsOf.keys())
    if (!ledger.sent.has(content)) differences.push(`nobody sent ${JSON.stringify(content)}`);
  return differences;
}

function compareEvents({ channelId, events, start }: Watch, log: Log): string[] {
  const expected = log.events.slice(start.seq);
  const at = expected.findIndex((event, index) => !isSame(events[index], event, log.deleted));
  if (at >= 0)
    return [
      `${channelId} #${expected[at]?.seq} is ${JSON.stringify(expected[at])}, and was given as ${JSON.stringify(events[at])}`,
    ];
  return events.length > expected.length
    ? [`${channelId} ends with #${log.events.at(-1)?.seq}, and was given up to #${events.at(-1)?.seq}`]
    : [];
}

/** What was deleted since has lost its text in the log; all else is as it was sent. */
function isSame(
  given: EventEnvelope | undefined,
  logged: EventEnvelope,
  deleted: ReadonlySet<string>,
): boolean {
  if (!given || given.seq !== logged.seq || given.type !== logged.type) return false;
  const wasRedacted = "message" in logged.data && deleted.has(logged.data.message.id);
  return wasRedacted || isDeepStrictEqual(given, logged);
}

/** Of one user's devices each was given the same of the user's own events, from where it began. */
function compareOwn(devices: readonly Device[]): string[] {
  const differences: string[] = [];
  const known = new Map<string, UserEventEnvelope>();
  for (const { name, person, own } of devices)
    for (const event of own) {
      const key = `${person.userId} ${event.seq}`;
      const other = known.get(key) ?? event;
      known.set(key, other);
      if (!isDeepStrictEqual(event, other))
        differences.push(`${name} was given ${JSON.stringify(event)}, others ${JSON.stringify(other)}`);
    }
  return differences;
}

function compareView(watch: Watch, fresh: readonly Message[]): string[] {
  const shown = watch.view.list();
  if (shown.length !== fresh.length)
    return [`${watch.channelId} has ${fresh.length} messages, its view ${shown.length}`];
  const at = fresh.findIndex((message, index) => !isDeepStrictEqual(plain(message), plain(shown[index])));
  return at < 0
    ? []
    : [`${JSON.stringify(fresh[at])} is shown as ${JSON.stringify(shown[at])} in ${watch.channelId}`];
}

/** As it is on the wire. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));
