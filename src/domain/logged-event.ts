import type { EventEnvelope, EventType } from "../protocol/index.ts";
import type { ProjectionData } from "./room-state.ts";

/** An event of the log with the data that only projections receive. */
export type LoggedEvent = EventEnvelope & {
  projectionData?: ProjectionData;
  /** The user who caused the event; absent in tests that make events by hand. */
  actorId?: string;
};
export type LoggedEventOf<T extends EventType> = Extract<LoggedEvent, { type: T }>;

/** Returns a filter for events of these types. */
export const isOneOf =
  <T extends EventType>(...types: T[]) =>
  (event: LoggedEvent): event is LoggedEventOf<T> =>
    (types as EventType[]).includes(event.type);

/** Returns the last item of each key, in the order in which the keys first appear: of several changes only the last is projected. */
export function lastOfEach<T>(items: T[], keyOf: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}
