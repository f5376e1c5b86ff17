import { getHeldMessages, type HeldMessage } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { EmptyState } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { UserCell } from "../lists/cells.tsx";
import { PagedTable } from "../lists/paged-table.tsx";
import { pageQuery, usePages } from "../../ui/use-pages.ts";
import { heldAuthor, heldText } from "./held-text.ts";

/** What was deleted in a channel since its legal hold began. */
export function HeldMessages({ channelId, onClose }: { channelId: string; onClose: () => void }) {
  const { client } = useWorkspace();
  const held = usePages(
    (cursor, signal) =>
      client.call(getHeldMessages, { params: { channelId }, query: pageQuery(cursor), signal }),
    [channelId],
    ({ seq, type }) => `${seq}:${type}`,
  );
  return (
    <Dialog title="Messages that the legal hold keeps" isWide onClose={onClose}>
      <div class="stack">
        <p class="notice">Reading this list is recorded in the audit log.</p>
        <PagedTable
          label="Held messages"
          from={held}
          empty={
            <EmptyState title="Nothing is held">
              <p>Messages appear here when they are deleted while the channel is under a legal hold.</p>
            </EmptyState>
          }
          columns={[
            { title: "Time", cell: ({ at }) => <Time at={at} format="full" /> },
            { title: "Event", cell: ({ type }) => type },
            { title: "Author", cell: (message) => <Author message={message} /> },
            { title: "Text", cell: (message) => <Text message={message} /> },
          ]}
        />
      </div>
    </Dialog>
  );
}

function Author({ message }: { message: HeldMessage }) {
  const userId = heldAuthor(message);
  return userId === undefined ? null : <UserCell userId={userId} />;
}

const Text = ({ message }: { message: HeldMessage }) => (
  <span class="held-text" dir="auto">
    {heldText(message) ?? <span class="muted">no text</span>}
  </span>
);
