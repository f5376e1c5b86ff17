import { useState } from "preact/hooks";
import { getUsers, type User } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { PagedList } from "../../ui/paged-list.tsx";
import { EmptyState } from "../../ui/states.tsx";
import { useDebounced } from "../../ui/use-debounced.ts";
import { useEndpointPages } from "../../ui/use-pages.ts";
import { SearchField, ViewPage } from "../view-page.tsx";
import { PersonRow } from "./person-row.tsx";
import { usePresenceOf } from "../../status/use-presence.ts";

const idOf = ({ id }: User): string => id;

/** The directory of the workspace. */
export function PeopleView() {
  const { users } = useWorkspace();
  const [text, setText] = useState("");
  const query = useDebounced(text.trim().replace(/^@/, ""));
  const found = useEndpointPages(
    getUsers,
    { query: { limit: 50, ...(query !== "" && { query }) } },
    idOf,
    ({ items }) => users.put(items),
  );
  usePresenceOf(found.items.map(idOf));
  return (
    <ViewPage
      view="people"
      toolbar={
        <SearchField label="Find a person by the beginning of their name" value={text} onValue={setText} />
      }
    >
      <PagedList
        from={found}
        label="People"
        empty={
          <EmptyState title="No person has this name">
            <p class="muted">The search compares the beginning of usernames and of display names.</p>
          </EmptyState>
        }
      >
        {(user) => <PersonRow user={user} />}
      </PagedList>
    </ViewPage>
  );
}
