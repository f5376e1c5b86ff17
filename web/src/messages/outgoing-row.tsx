import type { OutgoingMessage } from "../state/database.ts";
import { useWorkspace } from "../state/context.ts";
import { Avatar, UserName } from "../ui/avatar.tsx";
import { Icon } from "../ui/icon.tsx";
import { showError } from "../ui/toasts.tsx";

/** A message that the server has not acknowledged. */
export function OutgoingRow({ message }: { message: OutgoingMessage }) {
  const { me, outbox, drafts } = useWorkspace();
  const { nonce, content, files, state, error, channelId, threadId } = message;
  const share = outbox.progress.value.get(nonce);
  const isFailed = state === "failed";
  const toComposer = async (): Promise<void> => {
    const discarded = await outbox.discard(nonce);
    if (!discarded) return;
    const draft = drafts.get(channelId, threadId).peek();
    drafts.setContent(channelId, threadId, [draft.content, discarded.content].filter(Boolean).join("\n"));
    drafts.setFiles(channelId, threadId, [...draft.files, ...discarded.files]);
  };
  return (
    <div class={`message outgoing ${isFailed ? "failed" : ""}`} data-key={`outgoing:${nonce}`}>
      <div class="message-side">
        <Avatar userId={me.value.id} />
      </div>
      <div class="message-main">
        <div class="message-header">
          <UserName userId={me.value.id} />
          <span class="muted small" role="status">
            {isFailed
              ? "Not sent"
              : share === undefined
                ? "Sending …"
                : `Uploading … ${Math.round(share * 100)} %`}
          </span>
        </div>
        {content && (
          <div class="text" dir="auto">
            {content}
          </div>
        )}
        {files.map(({ name }, at) => (
          <div key={at} class="file-link" dir="auto">
            <Icon name="file" /> {name}
          </div>
        ))}
        {share !== undefined && <progress max={1} value={share} aria-label="Upload" />}
        {isFailed && (
          <div class="row wrap" role="alert">
            <span class="error-text grow">{error}</span>
            <button type="button" class="button" onClick={() => void outbox.retry(nonce).catch(showError)}>
              Send again
            </button>
            <button type="button" class="button" onClick={() => void toComposer().catch(showError)}>
              Back to the composer
            </button>
          </div>
        )}
      </div>
    </div>
  );
}
