import { paths } from "../../router.ts";
import { ChannelLabel } from "../../channels/channel-label.tsx";
import { useWorkspace } from "../../state/context.ts";
import { confirm } from "../../ui/dialog.tsx";
import { IconButton } from "../../ui/icon.tsx";
import { EmptyState } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { ViewPage } from "../view-page.tsx";

/** The texts that were typed and not sent. */
export function DraftsView() {
  const { drafts } = useWorkspace();
  const keys = drafts.keys.value;
  return (
    <ViewPage view="drafts">
      {keys.length === 0 ? (
        <EmptyState title="There is no draft">
          <p class="muted">What you type and do not send is kept here, on all of your devices.</p>
        </EmptyState>
      ) : (
        <ul class="plain-list" aria-label="Drafts">
          {keys.map((key) => (
            <li key={key}>
              <DraftCard draftKey={key} />
            </li>
          ))}
        </ul>
      )}
    </ViewPage>
  );
}

/** @param draftKey the id of the channel and, for a thread, of its root message: `chn_…/msg_…` */
function DraftCard({ draftKey }: { draftKey: string }) {
  const { drafts } = useWorkspace();
  const [channelId = "", threadId = null] = draftKey.split("/");
  const { content, files, updatedAt } = drafts.get(channelId, threadId).value;
  const remove = async (): Promise<void> => {
    const isConfirmed = await confirm({
      title: "Delete this draft?",
      text: (
        <blockquote dir="auto">
          {content.slice(0, 300) || files.map(({ name }) => name).join(", ")}
        </blockquote>
      ),
      action: "Delete",
      isDanger: true,
    });
    if (isConfirmed) drafts.clear(channelId, threadId);
  };
  return (
    <article class="card">
      <header class="card-header">
        <div class="grow row wrap card-title">
          <span class="card-above row">
            <ChannelLabel channelId={channelId} />
          </span>
          {threadId !== null && <span class="muted small">in a thread</span>}
          <a
            class="card-link small muted"
            href={threadId === null ? paths.channel(channelId) : paths.thread(channelId, threadId)}
          >
            <Time at={new Date(updatedAt).toISOString()} format="full" />
            <span class="visually-hidden">: continue the draft</span>
          </a>
        </div>
        <div class="card-above">
          <IconButton icon="trash" label="Delete the draft" onClick={() => void remove()} />
        </div>
      </header>
      <div class="card-text text" dir="auto">
        {content}
      </div>
      {files.length > 0 && (
        <p class="muted small" dir="auto">
          With {files.map(({ name }) => name).join(", ")}
        </p>
      )}
    </article>
  );
}
