/** What a `ts` is made from: the position of a message in its channel's log, and its time. */
export interface MessagePosition {
  seq: number;
  /** ISO 8601. */
  createdAt: string;
}

/** The digits after the point hold the last six digits of `seq`. */
const span = 1_000_000;

/** A parsed `ts`. */
export interface SlackTimestamp {
  seconds: number;
  fraction: number;
}

/**
 * Returns the `ts` of a message: ten digits of seconds, a point, and six digits. The digits after the point are `seq` modulo a million, so
 * that the `ts` is unique in its channel and leads back to the message without a table. Each million of events adds one second, so that
 * `ts` grows with `seq`, since times in a log never go back.
 */
export function slackTs({ seq, createdAt }: MessagePosition): string {
  const { seconds, fraction } = timestampOf(seq, Date.parse(createdAt));
  return `${String(seconds).padStart(10, "0")}.${String(fraction).padStart(6, "0")}`;
}

/** Returns a time as whole seconds since 1970. @param time ISO 8601 */
export const unixSeconds = (time: string): number => Math.floor(Date.parse(time) / 1_000);

/** Returns the parts of the `ts` of an event of a log. @param atMs in ms since 1970 */
export const timestampOf = (seq: number, atMs: number): SlackTimestamp => ({
  seconds: Math.floor(atMs / 1_000) + Math.floor(seq / span),
  fraction: seq % span,
});

/** Parses a `ts`, or a time as clients send it to limit a list: seconds with an optional fraction. Returns undefined for other text. */
export function parseTs(text: string): SlackTimestamp | undefined {
  const [, seconds, fraction = ""] = /^(\d{1,11})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  if (seconds === undefined) return undefined;
  return { seconds: Number(seconds), fraction: Number(fraction.slice(0, 6).padEnd(6, "0")) };
}

/** Compares two timestamps: negative if `a` is earlier. */
export const compareTs = (a: SlackTimestamp, b: SlackTimestamp): number =>
  a.seconds - b.seconds || a.fraction - b.fraction;

/** Returns the positions in a log that can have this `ts`, most likely first: one for each million of events. */
export function candidateSeqs({ fraction }: SlackTimestamp, head: number): number[] {
  const seqs: number[] = [];
  for (let seq = fraction; seq <= head; seq += span) if (seq > 0) seqs.push(seq);
  return seqs.reverse();
}
