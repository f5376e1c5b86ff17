import type { EventEnvelope, Message } from "../../../../src/protocol/index.ts";
import type { TestUser } from "../fixtures/accounts.ts";

/** Returns the current state of each message of a channel, by its latest event. */
export async function latestMessages(channelId: string, reader: TestUser): Promise<Message[]> {
  const messages = new Map<string, Message>();
  for (const { data } of await listEvents(channelId, reader))
    if ("message" in data) messages.set(data.message.id, data.message);
  return [...messages.values()];
}

/** Fetches the log of a channel over REST, page by page. */
export async function listEvents(channelId: string, reader: TestUser, after = 0): Promise<EventEnvelope[]> {
  const events: EventEnvelope[] = [];
  for (;;) {
    const { body } = await reader.call(
      "GET",
      `/v1/channels/${channelId}/events?after=${events.at(-1)?.seq ?? after}&limit=100`,
    );
    events.push(...body.events);
    if (!body.hasMore) return events;
  }
}
