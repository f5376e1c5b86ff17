import { useState } from "preact/hooks";
import { getGroup, type UserGroup, type UserGroupWithMembers } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import type { Workspace } from "../../state/workspace.ts";
import { Spinner } from "../../ui/states.tsx";
import { errorText } from "../../ui/toasts.tsx";
import { useLoad } from "../../ui/use-load.ts";

/** With more groups than this, they are loaded only on request: the server has no list of the groups of one user. */
const maxLoadedAtOnce = 15;

/** The user groups that a user belongs to. */
export function UserGroups({ userId }: { userId: string }) {
  const { groups } = useWorkspace();
  const [isWanted, setWanted] = useState(false);
  const all = groups.value;
  if (all.length === 0) return null;
  return (
    <section>
      <h3 class="section-heading">Groups</h3>
      {isWanted || all.length <= maxLoadedAtOnce ? (
        <GroupList userId={userId} groups={all} />
      ) : (
        <button type="button" class="button" onClick={() => setWanted(true)}>
          Show the groups
        </button>
      )}
    </section>
  );
}

function GroupList({ userId, groups }: { userId: string; groups: readonly UserGroup[] }) {
  const workspace = useWorkspace();
  const loaded = useLoad(() => Promise.all(groups.map((group) => loadGroup(workspace, group))), [groups]);
  if (loaded.isLoading && !loaded.value) return <Spinner label="Loading the groups" />;
  if (!loaded.value) return <p class="error-text">{errorText(loaded.error)}</p>;
  const mine = loaded.value.filter(({ userIds }) => userIds.includes(userId));
  if (mine.length === 0) return <p class="muted small">In no group.</p>;
  return (
    <ul class="chips">
      {mine.map(({ id, handle, name }) => (
        <li key={id} class="tag" title={name}>
          @{handle}
        </li>
      ))}
    </ul>
  );
}

/** Groups that were fetched in this tab, by id; a changed one is fetched again. */
const fetched = new Map<string, { of: UserGroup; group: Promise<UserGroupWithMembers> }>();

function loadGroup({ client }: Workspace, of: UserGroup): Promise<UserGroupWithMembers> {
  const { id, updatedAt, memberCount } = of;
  const known = fetched.get(id);
  if (known?.of.updatedAt === updatedAt && known.of.memberCount === memberCount) return known.group;
  const group = client.call(getGroup, { params: { groupId: id } });
  fetched.set(id, { of, group });
  group.catch(() => fetched.delete(id));
  return group;
}
