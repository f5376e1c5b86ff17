import {
  type EventEnvelope,
  eventTypes,
  type ServerEnvelope,
  signalTypes,
} from "../../../../src/protocol/index.ts";

/** Returns the violations of the ordering rules among one channel's envelopes of a socket; empty if there are none. */
export function orderViolations(about: readonly ServerEnvelope[]): string[] {
  const faults: string[] = [];
  let state: "out" | "opening" | "in" = "out";
  let last: number | undefined;
  const fault = (what: string, item: ServerEnvelope) =>
    void faults.push(`${what}: ${JSON.stringify(item).slice(0, 200)}`);
  for (const item of about) {
    if (isEvent(item)) {
      if (state === "out") state = "opening";
      if (state === "in" && last !== undefined && item.seq <= last) state = "opening";
      else if (last !== undefined && item.seq !== last + 1 && state === "in") fault("a hole", item);
      last = item.seq;
    } else if (item.type === "gap") last = item.data.to;
    else if (item.type === "reset") state = "opening";
    else if (item.type === "subscribed") {
      if (state === "opening" && last !== undefined && last !== item.data.seq) fault("a hole before", item);
      [state, last] = ["in", item.data.seq];
    } else if (item.type === "unsubscribed") {
      if (state === "opening") fault("ended before it began", item);
      [state, last] = ["out", undefined];
    } else if ((signalTypes as string[]).includes(item.type) && state !== "in") fault("a signal", item);
  }
  if (state === "opening") faults.push("events without `subscribed`");
  return faults;
}

const isEvent = (item: ServerEnvelope): item is EventEnvelope =>
  (eventTypes as string[]).includes(item.type) && "channelId" in item && "seq" in item;
