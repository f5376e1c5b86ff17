import { type Ledger, messageOf } from "./ledger.ts";
import type { Member } from "./member.ts";
import { Series } from "./series.ts";
import type { Wire } from "./wire.ts";

/** The events that the verifying socket received: the position in the stream after each message, and the message's number. */
export type EventStream = { positions: Series; messages: Series; end: number };

/** Reads all events of the verifier, and checks that each message arrived once, in the order of `seq`, without a gap. */
export function readStream(verifier: Member, wire: Wire, ledger: Ledger): EventStream {
  const stream: EventStream = { positions: new Series(), messages: new Series(), end: 0 };
  const seen = new Set<number>();
  let lastSeq: number | null = null;
  for (const { event, advance } of verifier.kept.flatMap((payload) => wire.events(payload))) {
    stream.end += advance;
    if (event.type === "gap" || event.type === "reset")
      ledger.addProblem(`the verifier received a ${event.type}`);
    if (event.seq !== null) {
      if (lastSeq !== null && event.seq !== lastSeq + 1)
        ledger.addProblem(`seq ${event.seq} came after ${lastSeq}`);
      lastSeq = event.seq;
    }
    if (event.type !== "messageCreate") continue;
    const message = messageOf(event.content ?? "");
    if (!(message < ledger.sent))
      ledger.addProblem(`received a message that was not sent: ${event.content?.slice(0, 60)}`);
    if (seen.has(message)) ledger.addProblem(`message ${message} was delivered twice`);
    const acked = ledger.seqOf(message);
    if (acked === undefined) ledger.addProblem(`message ${message} was delivered but never acknowledged`);
    else if (acked !== null && acked !== event.seq)
      ledger.addProblem(`message ${message} was acknowledged as ${acked} and delivered as ${event.seq}`);
    seen.add(message);
    stream.positions.push(stream.end);
    stream.messages.push(message);
  }
  for (let message = 0; message < ledger.sent; message++) {
    if (ledger.seqOf(message) !== undefined && !seen.has(message))
      ledger.addProblem(`message ${message} was acknowledged but never delivered`);
  }
  return stream;
}

/** Checks that all other sockets received exactly as many bytes of events as the verifier. */
export function compareMembers(members: readonly Member[], stream: EventStream, ledger: Ledger): void {
  const different = members.filter(({ position }) => position !== stream.end);
  if (different.length === 0) return;
  ledger.addProblem(
    `${different.length} sockets did not receive the same as the verifier (${different[0]!.position} bytes of events against ${stream.end})`,
  );
}

/** Counts the deliveries between two moments, given the position of each member at both. */
export function deliveriesBetween(
  stream: EventStream,
  from: readonly number[],
  to: readonly number[],
): number {
  return to.reduce(
    (sum, position, i) => sum + stream.positions.countUpTo(position) - stream.positions.countUpTo(from[i]!),
    0,
  );
}

/** Returns the times from a message's scheduled time to its arrival at each socket, in ms, for messages scheduled in this window. */
export function deliveryLatencies(
  members: readonly Member[],
  stream: EventStream,
  ledger: Ledger,
  fromMs: number,
  toMs: number,
): Series {
  const latencies = new Series();
  for (const { arrivals } of members) {
    let next = 0;
    for (let i = 0; arrivals && i < arrivals.length; i += 2) {
      for (; next < stream.positions.length && stream.positions.at(next) <= arrivals.at(i + 1); next++) {
        const due = ledger.dueMs(stream.messages.at(next));
        if (due >= fromMs && due < toMs) latencies.push(arrivals.at(i) - due);
      }
    }
  }
  return latencies;
}
