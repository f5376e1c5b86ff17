/** A frame of a socket for display. */
export interface Frame {
  /** Counts from 1, over all frames of the log. */
  number: number;
  direction: "sent" | "received";
  /** JSON is indented. */
  text: string;
  /** The text is longer than `maxFrameLength` and was cut off. */
  isTruncated: boolean;
  at: Date;
}

/** The log keeps so many frames; older ones are removed. */
export const maxFrames = 200;
/** A frame is shown up to this length, in UTF-16 code units. */
export const maxFrameLength = 20_000;

/** Returns the log with a further frame at its end. */
export function addFrame(
  log: readonly Frame[],
  direction: Frame["direction"],
  text: string,
  at: Date = new Date(),
): readonly Frame[] {
  const shown = text.length > maxFrameLength ? text : indented(text);
  const frame = {
    number: (log.at(-1)?.number ?? 0) + 1,
    direction,
    text: shown.slice(0, maxFrameLength),
    isTruncated: shown.length > maxFrameLength,
    at,
  };
  return [...log.slice(1 - maxFrames), frame];
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
