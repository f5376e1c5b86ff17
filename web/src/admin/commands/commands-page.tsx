import {
  deleteSlashCommand,
  getSlashCommand,
  getSlashCommands,
  rotateSlashCommandSecret,
  type SlashCommand,
} from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { SecretDialog } from "../forms/secret-dialog.tsx";
import { useDialog } from "../forms/use-dialog.tsx";
import { UserCell } from "../lists/cells.tsx";
import type { MenuItems } from "../lists/menu-items.ts";
import { PageHeader } from "../lists/page-header.tsx";
import { PagedTable } from "../lists/paged-table.tsx";
import { useActions } from "../lists/use-actions.ts";
import { usePages } from "../../ui/use-pages.ts";
import { CommandForm } from "./command-form.tsx";

/** The slash commands of the workspace, and those of the server, which can't be changed. */
export function CommandsPage() {
  const { client } = useWorkspace();
  const commands = usePages(
    (_, signal) => client.call(getSlashCommands, { signal }),
    [],
    ({ name }) => name,
  );
  const actions = useActions();
  const dialog = useDialog();
  const showSecret = (name: string, secret: string): void =>
    dialog.open((close) => (
      <SecretDialog title={`Secret of /${name}`} label="Signing secret" secret={secret} onClose={close}>
        <p>The bot verifies the signatures of requests with it, as Standard Webhooks defines.</p>
      </SecretDialog>
    ));
  const onSaved = (name: string, secret: string | null): void => {
    commands.reload();
    if (secret !== null) showSecret(name, secret);
  };
  const create = (): void => dialog.open((close) => <CommandForm onSaved={onSaved} onClose={close} />);
  const edit = (id: string): Promise<boolean> =>
    actions.run({
      key: id,
      work: async () => {
        const command = await client.call(getSlashCommand, { params: { commandId: id } });
        dialog.open((close) => <CommandForm command={command} onSaved={onSaved} onClose={close} />);
      },
    });
  const rotate = (id: string, name: string): Promise<boolean> =>
    actions.run({
      key: id,
      question: {
        title: `Replace the secret of /${name}?`,
        text: "For 24 hours requests are signed with both secrets, so that you can exchange it without an interruption.",
        action: "Replace the secret",
        isDanger: false,
      },
      work: async () => {
        const { secret } = await client.call(rotateSlashCommandSecret, { params: { commandId: id } });
        showSecret(name, secret);
      },
    });
  const remove = (id: string, name: string): Promise<boolean> =>
    actions.run({
      key: id,
      question: {
        title: `Delete /${name}?`,
        text: "A bot that was created with it is deactivated, with further commands that were registered for that bot.",
        action: "Delete",
      },
      work: async () => {
        await client.call(deleteSlashCommand, { params: { commandId: id } });
        commands.reload();
      },
      done: "Command deleted",
    });
  const menuOf = ({ id, name }: SlashCommand): MenuItems =>
    id === null
      ? []
      : [
          { label: "Change", icon: "edit", onSelect: () => void edit(id) },
          { label: "Replace the secret", icon: "reload", onSelect: () => void rotate(id, name) },
          "separator",
          { label: "Delete", icon: "trash", isDanger: true, onSelect: () => void remove(id, name) },
        ];
  return (
    <>
      <PageHeader
        title="Slash commands"
        intro="People type a command in a channel, and its bot answers. All members see the commands."
      >
        <button type="button" class="button primary" onClick={create}>
          Register a command
        </button>
      </PageHeader>
      <PagedTable
        label="Slash commands"
        from={commands}
        nameOf={({ name }) => `/${name}`}
        isBusy={({ id }) => id !== null && actions.isBusy(id)}
        empty={null}
        columns={[
          {
            title: "Command",
            cell: ({ name, usage }) => (
              <span class="mono" dir="auto">
                /{name} {usage && <span class="muted">{usage}</span>}
              </span>
            ),
          },
          { title: "Description", cell: ({ description }) => <span dir="auto">{description}</span> },
          {
            title: "Bot",
            cell: ({ botId }) =>
              botId === null ? <span class="muted">the server</span> : <UserCell userId={botId} />,
          },
        ]}
        actions={menuOf}
      />
      {dialog.shown}
    </>
  );
}
