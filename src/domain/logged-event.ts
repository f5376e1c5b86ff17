import type { EventEnvelope, EventType } from "../protocol/index.ts";
import type { ProjectionData } from "./room-state.ts";

/** An event as sinks get it from the log. */
export type LoggedEvent = EventEnvelope & { projectionData?: ProjectionData };
export type LoggedEventOf<T extends EventType> = Extract<LoggedEvent, { type: T }>;

export const isOneOf =
  <T extends EventType>(...types: T[]) =>
  (event: LoggedEvent): event is LoggedEventOf<T> =>
    (types as EventType[]).includes(event.type);

/** The last of each key, in the order in which the keys first came: many changes of one thing project as its last. */
export function lastOfEach<T>(items: T[], keyOf: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}
