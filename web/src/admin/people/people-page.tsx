import { useState } from "preact/hooks";
import {
  getUserByEmail,
  getUsers,
  type Page,
  ParleyError,
  type ParleyClient,
  type User,
} from "../../../../src/client/index.ts";
import { paths } from "../../router.ts";
import { useWorkspace } from "../../state/context.ts";
import { TextField } from "../../ui/field.tsx";
import type { MenuItem } from "../../ui/menu.tsx";
import { EmptyState } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { useDebounced } from "../../ui/use-debounced.ts";
import { type DialogHost, useDialog } from "../forms/use-dialog.tsx";
import { Tag, UserCell } from "../lists/cells.tsx";
import { type MenuItems, menuItems } from "../lists/menu-items.ts";
import { PageHeader } from "../lists/page-header.tsx";
import { PagedTable } from "../lists/paged-table.tsx";
import { useActions } from "../lists/use-actions.ts";
import { pageQuery, replaceById, usePages } from "../../ui/use-pages.ts";
import * as change from "./change-people.ts";
import { EraseDialog } from "./erase-dialog.tsx";
import { isEmailAddress, permittedChanges } from "./permitted-changes.ts";

/** All accounts of the workspace, and what admins do with them. */
export function PeoplePage() {
  const workspace = useWorkspace();
  const { client, users } = workspace;
  const [text, setText] = useState("");
  const query = useDebounced(text.trim(), 200);
  const people = usePages(
    async (cursor, signal) => {
      const page = await findPeople(client, query, cursor, signal);
      users.put(page.items);
      return page;
    },
    [query],
    ({ id }) => id,
  );
  const actions = useActions();
  const dialog = useDialog();
  const context = {
    workspace,
    actions,
    onChange: (user: User) => people.update(replaceById(user)),
  };
  return (
    <>
      <PageHeader title="People">
        <a class="button primary" href={paths.admin("invites")}>
          Invite people
        </a>
      </PageHeader>
      <TextField
        label="Search"
        type="search"
        placeholder="Beginning of a name, or a whole e-mail address"
        maxLength={254}
        value={text}
        onValue={setText}
      />
      <PagedTable
        label="People"
        from={people}
        nameOf={({ displayName }) => displayName}
        isBusy={({ id }) => actions.isBusy(id)}
        empty={<NoPeople query={query} />}
        columns={[
          { title: "Name", cell: ({ id }) => <UserCell userId={id} /> },
          {
            title: "Username",
            cell: ({ username, erasedAt }) => erasedAt === undefined && <span dir="auto">@{username}</span>,
          },
          { title: "Role", cell: (user) => <Role user={user} /> },
          { title: "Since", cell: ({ createdAt }) => <Time at={createdAt} format="full" /> },
        ]}
        actions={(user) => menuOf(context, user, dialog)}
      />
      {dialog.shown}
    </>
  );
}

/** Finds people by the beginning of a name, or one person by the e-mail address. */
async function findPeople(
  client: ParleyClient,
  query: string,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Page<User>> {
  if (!isEmailAddress(query))
    return client.call(getUsers, {
      query: {
        limit: 50,
        ...(query !== "" && { query: query.replace(/^@/, "").slice(0, 80) }),
        ...pageQuery(cursor),
      },
      signal,
    });
  try {
    const user = await client.call(getUserByEmail, { query: { email: query }, signal });
    return { items: [user], nextCursor: null };
  } catch (error) {
    if (error instanceof ParleyError && error.code === "not_found") return { items: [], nextCursor: null };
    throw error;
  }
}

function Role({ user: { role, active, isBot, erasedAt } }: { user: User }) {
  return (
    <span class="row wrap">
      {erasedAt === undefined && role}
      {isBot && <Tag>bot</Tag>}
      {erasedAt !== undefined ? <Tag>erased</Tag> : !active && <Tag tone="bad">suspended</Tag>}
    </span>
  );
}

const NoPeople = ({ query }: { query: string }) => (
  <EmptyState title="Nobody matches">
    <p>
      {isEmailAddress(query)
        ? "No active account has this e-mail address."
        : "Search by the beginning of a username or a name, or by a whole e-mail address."}
    </p>
  </EmptyState>
);

function menuOf(context: change.PeopleContext, user: User, dialog: DialogHost): MenuItems {
  const permitted = permittedChanges(context.workspace.me.value, user);
  return menuItems(
    ...permitted.roles.map((role): MenuItem => ({
      label: role === "admin" ? "Make an admin" : `Make a ${role}`,
      icon: role === "admin" ? "shield" : "person",
      onSelect: () => void change.changeRole(context, user, role),
    })),
    permitted.transferOwnership && {
      label: "Transfer the ownership",
      icon: "shield",
      onSelect: () => void change.transferOwnership(context, user),
    },
    permitted.endSessions && {
      label: "End all sessions",
      icon: "logout",
      onSelect: () => void change.endSessions(context, user),
    },
    permitted.resetSecondFactors && {
      label: "Reset second factors",
      icon: "lock",
      onSelect: () => void change.removeSecondFactors(context, user),
    },
    {
      label: "Show in the audit log",
      icon: "list",
      href: `${paths.admin("audit")}?actor=${user.id}`,
    },
    permitted.reactivate && {
      label: "Reactivate",
      icon: "reload",
      onSelect: () => void change.reactivate(context, user),
    },
    "separator",
    permitted.suspend && {
      label: "Suspend",
      icon: "mute",
      isDanger: true,
      onSelect: () => void change.suspend(context, user),
    },
    permitted.erase && {
      label: user.erasedAt === undefined ? "Erase" : "Erase again",
      icon: "trash",
      isDanger: true,
      onSelect: () => dialog.open((close) => <EraseDialog user={user} onClose={close} />),
    },
  );
}
