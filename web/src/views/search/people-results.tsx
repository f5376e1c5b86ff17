import { searchUsers, type User } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { useEndpointPages } from "../../ui/use-pages.ts";
import { PersonRow } from "../people/person-row.tsx";
import { usePresenceOf } from "../../status/use-presence.ts";
import { ResultList } from "./result-list.tsx";

const idOf = ({ id }: User): string => id;

/** The people that a search finds by their names. */
export function PeopleResults({ query }: { query: string }) {
  const { users } = useWorkspace();
  const found = useEndpointPages(searchUsers, { query: { q: query, limit: 30 } }, idOf, ({ items }) =>
    users.put(items),
  );
  usePresenceOf(found.items.map(idOf));
  return (
    <ResultList found={found} label="People" subject="people">
      {(user) => <PersonRow user={user} />}
    </ResultList>
  );
}
