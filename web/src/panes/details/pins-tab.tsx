import { useEffect } from "preact/hooks";
import { getPins, type PinnedMessage, unpinMessage } from "../../../../src/client/index.ts";
import { MessageCard } from "../../messages/message-card.tsx";
import type { ChannelState } from "../../state/channel.ts";
import { useWorkspace } from "../../state/context.ts";
import { ActionButton } from "../../ui/action-button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { PagedList } from "../../ui/paged-list.tsx";
import { EmptyState } from "../../ui/states.tsx";
import { useEndpointPages } from "../../ui/use-pages.ts";

const idOf = ({ id }: PinnedMessage): string => id;

/** The pinned messages of a channel. */
export function PinsTab({ state }: { state: ChannelState }) {
  const pins = useEndpointPages(getPins, { params: { channelId: state.id }, query: { limit: 30 } }, idOf);
  const { reload, update } = pins;
  const room = state.room.value;
  const remove = (messageId: string): void => update((items) => items.filter(({ id }) => id !== messageId));
  useEffect(() => {
    if (!room) return undefined;
    const stops = [
      room.on("messagePin", reload),
      room.on("messageUnpin", ({ data }) => remove(data.messageId)),
      room.on("event", (event) => {
        if (!("message" in event.data)) return;
        const { message } = event.data;
        update((items) => items.map((pin) => (pin.id === message.id ? { ...pin, ...message } : pin)));
      }),
    ];
    return () => stops.forEach((stop) => stop());
  }, [room]);
  return (
    <PagedList
      from={pins}
      label="Pinned messages"
      empty={
        <EmptyState title="Nothing is pinned">
          <p class="muted">
            To keep a message at hand for everybody, open its menu and choose “Pin to the channel”.
          </p>
        </EmptyState>
      }
    >
      {(pin) => (
        <PinCard
          pin={pin}
          isArchived={state.channel.value.archivedAt !== null}
          onUnpinned={() => remove(pin.id)}
        />
      )}
    </PagedList>
  );
}

function PinCard({
  pin,
  isArchived,
  onUnpinned,
}: {
  pin: PinnedMessage;
  isArchived: boolean;
  onUnpinned: () => void;
}) {
  const { client, users } = useWorkspace();
  const unpin = async (): Promise<void> => {
    await client.call(unpinMessage, { params: { channelId: pin.channelId, messageId: pin.id } });
    onUnpinned();
  };
  return (
    <MessageCard message={pin}>
      <div class="row wrap card-buttons">
        {!isArchived && (
          <ActionButton onAction={unpin}>
            <Icon name="pin" /> Unpin
          </ActionButton>
        )}
        <span class="muted small">Pinned by {users.nameOf(pin.pinnedBy)}</span>
      </div>
    </MessageCard>
  );
}
