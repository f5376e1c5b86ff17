import { deleteGroup, getGroup, getGroups, type UserGroup } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { EmptyState } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { useDialog } from "../forms/use-dialog.tsx";
import { PageHeader } from "../lists/page-header.tsx";
import { PagedTable } from "../lists/paged-table.tsx";
import { useActions } from "../lists/use-actions.ts";
import { pageQuery, removeById, usePages } from "../../ui/use-pages.ts";
import { GroupForm } from "./group-form.tsx";

/** The user groups of the workspace, which messages mention by `@handle`. */
export function GroupsPage() {
  const workspace = useWorkspace();
  const { client } = workspace;
  const groups = usePages(
    (cursor, signal) => client.call(getGroups, { query: pageQuery(cursor), signal }),
    [],
    ({ id }) => id,
  );
  const actions = useActions();
  const dialog = useDialog();
  const onSaved = (): void => {
    groups.reload();
    void workspace.loadGroups().catch(() => {});
  };
  const create = (): void => dialog.open((close) => <GroupForm onSaved={onSaved} onClose={close} />);
  const edit = (id: string): Promise<boolean> =>
    actions.run({
      key: id,
      work: async () => {
        const group = await client.call(getGroup, { params: { groupId: id } });
        dialog.open((close) => <GroupForm group={group} onSaved={onSaved} onClose={close} />);
      },
    });
  const remove = ({ id, handle }: UserGroup): Promise<boolean> =>
    actions.run({
      key: id,
      question: {
        title: `Delete @${handle}?`,
        text: "Messages that mention it stay as they are. New messages can’t mention it.",
        action: "Delete",
      },
      work: async () => {
        await client.call(deleteGroup, { params: { groupId: id } });
        groups.update(removeById(id));
        await workspace.loadGroups();
      },
      done: "User group deleted",
    });
  return (
    <>
      <PageHeader
        title="User groups"
        intro="A mention of a group notifies its members who are in the channel."
      >
        <button type="button" class="button primary" onClick={create}>
          Create a group
        </button>
      </PageHeader>
      <PagedTable
        label="User groups"
        from={groups}
        nameOf={({ handle }) => `@${handle}`}
        isBusy={({ id }) => actions.isBusy(id)}
        empty={
          <EmptyState title="There are no user groups yet">
            <p>Create one, such as @backend, to mention several people at once.</p>
          </EmptyState>
        }
        columns={[
          { title: "Handle", cell: ({ handle }) => <strong>@{handle}</strong> },
          { title: "Name", cell: ({ name }) => <span dir="auto">{name}</span> },
          { title: "Description", cell: ({ description }) => <span dir="auto">{description}</span> },
          { title: "Members", cell: ({ memberCount }) => memberCount },
          { title: "Changed", cell: ({ updatedAt }) => <Time at={updatedAt} format="full" /> },
        ]}
        actions={(group) => [
          { label: "Change", icon: "edit", onSelect: () => void edit(group.id) },
          "separator",
          { label: "Delete", icon: "trash", isDanger: true, onSelect: () => void remove(group) },
        ]}
      />
      {dialog.shown}
    </>
  );
}
