import { deactivateBot, getBots, type User } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { EmptyState } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { useDialog } from "../forms/use-dialog.tsx";
import { Tag, UserCell } from "../lists/cells.tsx";
import type { MenuItems } from "../lists/menu-items.ts";
import { PageHeader } from "../lists/page-header.tsx";
import { PagedTable } from "../lists/paged-table.tsx";
import { useActions } from "../lists/use-actions.ts";
import { pageQuery, replaceById, usePages } from "../../ui/use-pages.ts";
import { reactivate } from "../people/change-people.ts";
import { BotTokens } from "./bot-tokens.tsx";
import { CreateBot } from "./create-bot.tsx";
import { TokenSecret } from "./token-secret.tsx";

/** The bots of the workspace and their tokens. */
export function BotsPage() {
  const workspace = useWorkspace();
  const { client, users } = workspace;
  const bots = usePages(
    async (cursor, signal) => {
      const page = await client.call(getBots, { query: pageQuery(cursor), signal });
      users.put(page.items);
      return page;
    },
    [],
    ({ id }) => id,
  );
  const actions = useActions();
  const dialog = useDialog();
  const onChange = (bot: User): void => bots.update(replaceById(bot));
  const create = (): void =>
    dialog.open((close) => (
      <CreateBot
        onClose={close}
        onCreated={({ user, accessToken }) => {
          users.put([user]);
          bots.update((items) => [...items, user]);
          dialog.open((closeToken) => <TokenSecret bot={user} secret={accessToken} onClose={closeToken} />);
        }}
      />
    ));
  const deactivate = (bot: User): Promise<boolean> =>
    actions.run({
      key: bot.id,
      question: {
        title: `Deactivate ${bot.displayName}?`,
        text: "Its tokens end for good, and its slash commands are deleted. Its messages stay. After a reactivation it needs a new token.",
        action: "Deactivate",
      },
      work: async () => {
        await client.call(deactivateBot, { params: { userId: bot.id } });
        const deactivated = { ...bot, active: false };
        users.put([deactivated]);
        onChange(deactivated);
      },
      done: "Bot deactivated",
    });
  const menuOf = (bot: User): MenuItems => [
    {
      label: "Tokens",
      icon: "lock",
      onSelect: () => dialog.open((close) => <BotTokens bot={bot} onClose={close} />),
    },
    "separator",
    bot.active
      ? { label: "Deactivate", icon: "trash", isDanger: true, onSelect: () => void deactivate(bot) }
      : {
          label: "Reactivate",
          icon: "reload",
          onSelect: () => void reactivate({ workspace, actions, onChange }, bot),
        },
  ];
  return (
    <>
      <PageHeader
        title="Bots"
        intro="A bot is an account that programs use with tokens. Incoming webhooks and slash commands have bots too, which are created with them."
      >
        <button type="button" class="button primary" onClick={create}>
          Create a bot
        </button>
      </PageHeader>
      <PagedTable
        label="Bots"
        from={bots}
        nameOf={({ displayName }) => displayName}
        isBusy={({ id }) => actions.isBusy(id)}
        empty={
          <EmptyState title="There are no bots yet">
            <p>Create one and give its token to a program.</p>
          </EmptyState>
        }
        columns={[
          { title: "Name", cell: ({ id }) => <UserCell userId={id} /> },
          { title: "Username", cell: ({ username }) => <span dir="auto">@{username}</span> },
          {
            title: "State",
            cell: ({ active }) =>
              active ? <Tag tone="good">active</Tag> : <Tag tone="bad">deactivated</Tag>,
          },
          { title: "Role", cell: ({ role }) => role },
          { title: "Created", cell: ({ createdAt }) => <Time at={createdAt} format="full" /> },
        ]}
        actions={menuOf}
      />
      {dialog.shown}
    </>
  );
}
