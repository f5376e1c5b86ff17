import { useEffect } from "preact/hooks";
import {
  getScheduledMessage,
  getScheduledMessages,
  type ScheduledMessage,
} from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { PagedList } from "../../ui/paged-list.tsx";
import { EmptyState } from "../../ui/states.tsx";
import { useEndpointPages } from "../../ui/use-pages.ts";
import { withItem } from "./with-item.ts";
import { ScheduledCard } from "./scheduled-card.tsx";

const idOf = ({ id }: ScheduledMessage): string => id;
const timeOf = ({ sendAt }: ScheduledMessage): number => Date.parse(sendAt);

/** The messages that are sent later, and those that could not be sent. */
export function ScheduledMessages() {
  const { client, realtime } = useWorkspace();
  const scheduled = useEndpointPages(getScheduledMessages, { query: { limit: 50 } }, idOf);
  const { update } = scheduled;
  const put = (changed: ScheduledMessage): void =>
    update((items) =>
      changed.state === "sent"
        ? items.filter(({ id }) => id !== changed.id)
        : withItem(items, changed, timeOf),
    );
  const remove = (id: string): void => update((items) => items.filter((item) => item.id !== id));
  useEffect(() => {
    // The event has no text: the message is fetched again.
    const fetchChanged = (scheduledMessageId: string): void => {
      client.call(getScheduledMessage, { params: { scheduledMessageId } }).then(put, () => {});
    };
    const stops = [
      realtime.on("scheduledMessageUpdate", ({ data }) =>
        data.state === "sent" ? remove(data.scheduledMessageId) : fetchChanged(data.scheduledMessageId),
      ),
      realtime.on("scheduledMessageDelete", ({ data }) => remove(data.scheduledMessageId)),
    ];
    return () => stops.forEach((stop) => stop());
  }, []);
  return (
    <PagedList
      from={scheduled}
      label="Scheduled messages"
      empty={
        <EmptyState title="No message is scheduled">
          <p class="muted">Write a message in a channel and choose the clock beside the send button.</p>
        </EmptyState>
      }
    >
      {(item) => <ScheduledCard item={item} onChanged={put} onGone={() => remove(item.id)} />}
    </PagedList>
  );
}
