import {
  type EventDelivery,
  type EventSubscription,
  getEventDeliveries,
  redeliverEvent,
} from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { EmptyState } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { BusyButton } from "../forms/busy-button.tsx";
import { ChannelName, Tag, type Tone } from "../lists/cells.tsx";
import { PagedTable } from "../lists/paged-table.tsx";
import { useActions } from "../lists/use-actions.ts";
import { replaceById, usePages } from "../../ui/use-pages.ts";
import { eventLabel } from "./event-types.ts";

const tones: Record<EventDelivery["state"], Tone> = { delivered: "good", retrying: "warning", failed: "bad" };

const errors: Record<NonNullable<EventDelivery["error"]>, string> = {
  invalid_url: "the URL is not valid",
  forbidden_url: "the address is not permitted",
  unknown_host: "the host is unknown",
  resolver_failed: "the name could not be resolved",
  timeout: "no answer within 10 s",
  unreachable: "the host can’t be reached",
  status: "",
};

/** The last deliveries of a subscription. */
export function Deliveries({
  subscription: { id: subscriptionId, name, ownerId },
  onClose,
}: {
  subscription: EventSubscription;
  onClose: () => void;
}) {
  const { client, me } = useWorkspace();
  const deliveries = usePages(
    (_, signal) => client.call(getEventDeliveries, { params: { subscriptionId }, signal }),
    [],
    ({ id }) => id,
  );
  const actions = useActions();
  const isOwn = ownerId === me.value.id;
  const redeliver = ({ id }: EventDelivery): Promise<boolean> =>
    actions.run({
      key: id,
      work: async () => {
        const params = { subscriptionId, deliveryId: id };
        deliveries.update(replaceById(await client.call(redeliverEvent, { params })));
      },
    });
  return (
    <Dialog title={`Deliveries of ${name}`} isWide onClose={onClose}>
      <div class="stack">
        <div class="row wrap">
          <p class="grow muted">The last 100 events that were sent, the newest first.</p>
          <BusyButton isBusy={deliveries.isLoading} onClick={deliveries.reload}>
            Refresh
          </BusyButton>
        </div>
        <PagedTable
          label="Deliveries"
          from={deliveries}
          nameOf={({ type, seq }) => `${eventLabel(type)} ${seq}`}
          isBusy={({ id }) => actions.isBusy(id)}
          empty={
            <EmptyState title="Nothing was sent yet">
              <p>The first event of a chosen type appears here, with the answer of the receiver.</p>
            </EmptyState>
          }
          columns={[
            { title: "Event", cell: ({ type }) => eventLabel(type) },
            { title: "Channel", cell: ({ channelId }) => <ChannelName channelId={channelId} /> },
            { title: "State", cell: ({ state }) => <Tag tone={tones[state]}>{state}</Tag> },
            { title: "Answer", cell: answerText },
            { title: "Attempts", cell: ({ attempts }) => attempts },
            { title: "Took", cell: ({ latencyMs }) => `${latencyMs} ms` },
            { title: "Last attempt", cell: ({ lastAttemptAt }) => <Time at={lastAttemptAt} format="full" /> },
          ]}
          actions={(delivery) =>
            isOwn ? [{ label: "Send again", icon: "reload", onSelect: () => void redeliver(delivery) }] : []
          }
        />
      </div>
    </Dialog>
  );
}

const answerText = ({ status, error }: EventDelivery): string =>
  [status === null ? "" : String(status), error === null ? "" : errors[error]].filter(Boolean).join(", ");
