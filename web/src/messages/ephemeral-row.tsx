import type { EphemeralMessage } from "../../../src/client/index.ts";
import { useWorkspace } from "../state/context.ts";
import { Avatar, UserName } from "../ui/avatar.tsx";
import { Attachments } from "./attachments.tsx";
import { MessageText } from "./text.tsx";

/** A message that only this user sees, until they dismiss it or reload the page. */
export function EphemeralRow({ message }: { message: EphemeralMessage }) {
  const workspace = useWorkspace();
  const { id, authorId, content, attachments } = message;
  return (
    <div class="message ephemeral" data-key={id}>
      <div class="message-side">
        <Avatar userId={authorId} />
      </div>
      <div class="message-main">
        <div class="message-header">
          <UserName userId={authorId} />
          <span class="muted small">Only you see this</span>
        </div>
        {content !== "" && <MessageText content={content} />}
        {attachments && <Attachments attachments={attachments} />}
        <button type="button" class="link-button small" onClick={() => workspace.removeEphemeral(id)}>
          Dismiss
        </button>
      </div>
    </div>
  );
}
