import type { Message } from "../../../../src/client/index.ts";
import { MessageRow } from "../../messages/message-row.tsx";

interface ThreadRootProps {
  root: Message;
  editingId: string | null;
  onEdit: (messageId: string | null) => void;
}

/** The message that a thread begins with, above its replies. */
export function ThreadRoot({ root, editingId, onEdit }: ThreadRootProps) {
  const count = root.thread?.replyCount ?? 0;
  return (
    <>
      <MessageRow
        message={root}
        isContinued={false}
        isInThread
        isEditing={editingId === root.id}
        onEdit={onEdit}
      />
      <div class="day-line" role="separator">
        <span>{count === 0 ? "No replies yet" : count === 1 ? "1 reply" : `${count} replies`}</span>
      </div>
    </>
  );
}
