import { getMessageHistory, type Message, type MessageVersion } from "../../../src/client/index.ts";
import { Dialog } from "../ui/dialog.tsx";
import { PagedList } from "../ui/paged-list.tsx";
import { EmptyState } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";
import { useEndpointPages } from "../ui/use-pages.ts";
import { wordDiff } from "./word-diff.ts";

const idOf = ({ version }: MessageVersion): string => String(version);

/** The versions of a message, the oldest first: each with what it changed. */
export function HistoryDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const params = { channelId: message.channelId, messageId: message.id };
  const versions = useEndpointPages(getMessageHistory, { params, query: { limit: 50 } }, idOf);
  const omitted = versions.response?.omitted ?? 0;
  const previousOf = ({ version }: MessageVersion): MessageVersion | undefined =>
    versions.items.find((other) => other.version === version - 1);
  return (
    <Dialog title="Versions of the message" isWide onClose={onClose}>
      {omitted > 0 && (
        <p class="muted">
          The {omitted} oldest {omitted === 1 ? "version is" : "versions are"} no longer stored.
        </p>
      )}
      <PagedList
        from={versions}
        label="Versions"
        empty={
          <EmptyState title="There is no stored version">
            <p class="muted">The message was deleted.</p>
          </EmptyState>
        }
      >
        {(version) => <VersionCard version={version} previous={previousOf(version)} />}
      </PagedList>
    </Dialog>
  );
}

function VersionCard({
  version,
  previous,
}: {
  version: MessageVersion;
  previous: MessageVersion | undefined;
}) {
  return (
    <article class="card">
      <h3 class="small muted">
        {version.version === 1 ? "Original" : `Version ${version.version}`},{" "}
        <Time at={version.at} format="full" />
      </h3>
      <div class="text" dir="auto">
        {previous
          ? wordDiff(previous.content, version.content).map(({ kind, text }, at) =>
              kind === "added" ? (
                <ins key={at}>{text}</ins>
              ) : kind === "removed" ? (
                <del key={at}>{text}</del>
              ) : (
                text
              ),
            )
          : version.content}
      </div>
    </article>
  );
}
