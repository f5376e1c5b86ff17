import type { AuditEntry } from "../../../../src/client/index.ts";
import { ChannelName, UserCell } from "../lists/cells.tsx";

/** Who acted. Before a login the server does not know it. */
export const Actor = ({ entry: { actorId } }: { entry: AuditEntry }) =>
  actorId === null ? <span class="muted">not logged in</span> : <UserCell userId={actorId} />;

/** What was acted on: a user or a channel by its name, anything else by its id. */
export function ObjectCell({ entry: { objectId } }: { entry: AuditEntry }) {
  if (objectId === null) return null;
  if (objectId.startsWith("usr_")) return <UserCell userId={objectId} />;
  if (objectId.startsWith("chn_")) return <ChannelName channelId={objectId} />;
  return <span class="small mono">{objectId}</span>;
}

/** The facts of an entry, and from where the request came. */
export function DetailCell({ entry }: { entry: AuditEntry }) {
  const { action, detail, addressPrefix, userAgent, requestId } = entry;
  const facts = Object.entries(detail ?? {});
  return (
    <details class="small breakable">
      <summary>
        {facts.length === 0
          ? "From where"
          : facts.map(([name, value]) => `${name}: ${String(value)}`).join(", ")}
      </summary>
      <dl class="facts">
        <dt>Action</dt>
        <dd class="mono">{action}</dd>
        <dt>Address</dt>
        <dd>{addressPrefix || "deleted"}</dd>
        <dt>Program</dt>
        <dd>{userAgent || "deleted"}</dd>
        {requestId !== null && (
          <>
            <dt>Request</dt>
            <dd class="mono">{requestId}</dd>
          </>
        )}
      </dl>
    </details>
  );
}
