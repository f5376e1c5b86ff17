import type { LoggedEvent } from "../../../domain/logged-event.ts";
import type { Message } from "../../../protocol/index.ts";

/** The entities that a batch of events changes. */
export interface ChangedEntities {
  channel: boolean;
  /** Users whose membership changed. */
  userIds: ReadonlySet<string>;
  /** Messages that were created, edited or deleted, as the last of the events has them, by id. */
  rewritten: ReadonlyMap<string, Message>;
  /** Ids of other messages whose reactions, pins or thread changed. */
  touched: ReadonlySet<string>;
}

/** Collects the entities that a batch of events changes. */
export function changedEntities(events: readonly LoggedEvent[]): ChangedEntities {
  let channel = false;
  const [userIds, touched] = [new Set<string>(), new Set<string>()];
  const written = new Map<string, Message>();
  for (const { data } of events) {
    if ("channel" in data) channel = true;
    else if ("member" in data) userIds.add(data.member.userId);
    else if ("messageId" in data) touched.add(data.messageId);
    else {
      written.set(data.message.id, data.message);
      // A reply changes the thread of its root message.
      if ("thread" in data && data.message.threadId !== null) touched.add(data.message.threadId);
    }
  }
  for (const id of written.keys()) touched.delete(id);
  return { channel, userIds, rewritten: written, touched };
}
