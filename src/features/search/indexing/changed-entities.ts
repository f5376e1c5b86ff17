import type { LoggedEvent } from "../../../domain/logged-event.ts";
import type { Message } from "../../../protocol/index.ts";

/** What the events of a batch concern. */
export interface ChangedEntities {
  channel: boolean;
  userIds: ReadonlySet<string>;
  /** Messages whose text came, changed or went, as the last of the events has them. */
  rewritten: ReadonlyMap<string, Message>;
  /** Others, to which something was added or from which something was taken. */
  touched: ReadonlySet<string>;
}

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
      // What became of the thread is said of its root.
      if ("thread" in data && data.message.threadId !== null) touched.add(data.message.threadId);
    }
  }
  for (const id of written.keys()) touched.delete(id);
  return { channel, userIds, rewritten: written, touched };
}
