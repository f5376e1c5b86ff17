import { useEffect, useState } from "preact/hooks";
import type { Member } from "../../../../src/client/index.ts";
import type { ChannelState } from "../../state/channel.ts";
import { useWorkspace } from "../../state/context.ts";
import { usePresenceOf } from "../../status/use-presence.ts";
import { Icon } from "../../ui/icon.tsx";
import { PagedList } from "../../ui/paged-list.tsx";
import { EmptyState } from "../../ui/states.tsx";
import { SearchField } from "../../views/view-page.tsx";
import { AddPeopleDialog } from "./add-people-dialog.tsx";
import { MemberRow } from "./member-row.tsx";
import { type ChannelMembers, memberId } from "./use-channel-members.ts";

/** The members of a channel. */
export function MembersTab({ state, members }: { state: ChannelState; members: ChannelMembers }) {
  const { users } = useWorkspace();
  const [text, setText] = useState("");
  const [isAdding, setAdding] = useState(false);
  const { list, own, may } = members;
  const query = text.trim().toLowerCase();
  const matches = ({ userId }: Member): boolean => {
    const user = users.get(userId).value;
    return user !== undefined && `${user.displayName}\n@${user.username}`.toLowerCase().includes(query);
  };
  // The server has no search of members: all of them are loaded, and compared here.
  const { hasMore, isLoading, error, loadMore } = list;
  const isSearching = query !== "" && hasMore && error === undefined;
  useEffect(() => {
    if (isSearching && !isLoading) loadMore();
  }, [isSearching, isLoading]);
  const items = query === "" ? list.items : list.items.filter(matches);
  usePresenceOf(list.items.map(memberId));
  return (
    <>
      <div class="row list-head">
        <SearchField label="Find a member" value={text} onValue={setText} />
        {may("addMember") && state.channel.value.archivedAt === null && (
          <button type="button" class="button" onClick={() => setAdding(true)}>
            <Icon name="add" /> Add people
          </button>
        )}
      </div>
      <PagedList
        from={{ ...list, items, hasMore: hasMore && (query === "" || error !== undefined) }}
        label="Members"
        empty={isSearching ? null : <EmptyState title="No member has this name" />}
      >
        {(member) => <MemberRow state={state} member={member} own={own} may={may} />}
      </PagedList>
      {isSearching && (
        <p class="muted small" role="status">
          Searching all members …
        </p>
      )}
      {isAdding && (
        <AddPeopleDialog
          channelId={state.id}
          memberIds={list.items.map(memberId)}
          onClose={() => setAdding(false)}
        />
      )}
    </>
  );
}
