import { useState } from "preact/hooks";
import {
  createBotToken,
  getBotTokens,
  revokeBotToken,
  type Token,
  type User,
} from "../../../../src/client/index.ts";
import { withRecentLogin } from "../../second-factor/recent-login.tsx";
import { useWorkspace } from "../../state/context.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { EmptyState } from "../../ui/states.tsx";
import { FormDialog } from "../forms/form-dialog.tsx";
import { grantBody, GrantFields, grantFieldNames, newGrant } from "../forms/grant-fields.tsx";
import { useDialog } from "../forms/use-dialog.tsx";
import { useSubmit } from "../forms/use-submit.ts";
import { ChannelName, OptionalTime } from "../lists/cells.tsx";
import { PagedTable } from "../lists/paged-table.tsx";
import { useActions } from "../lists/use-actions.ts";
import { removeById, usePages } from "../../ui/use-pages.ts";
import { TokenSecret } from "./token-secret.tsx";

/** The tokens of a bot. */
export function BotTokens({ bot, onClose }: { bot: User; onClose: () => void }) {
  const { client } = useWorkspace();
  const params = { userId: bot.id };
  const tokens = usePages(
    (_, signal) => client.call(getBotTokens, { params, signal }),
    [],
    ({ id }) => id,
  );
  const actions = useActions();
  const dialog = useDialog();
  const create = (): void =>
    dialog.open((close) => (
      <CreateToken
        bot={bot}
        onClose={close}
        onCreated={(token, secret) => {
          tokens.update((items) => [token, ...items]);
          dialog.open((closeSecret) => <TokenSecret bot={bot} secret={secret} onClose={closeSecret} />);
        }}
      />
    ));
  const revoke = ({ id, name }: Token): Promise<boolean> =>
    actions.run({
      key: id,
      question: {
        title: `Revoke the token “${name}”?`,
        text: "Programs that use it are rejected at once, and their connections close.",
        action: "Revoke",
      },
      work: async () => {
        await client.call(revokeBotToken, { params: { ...params, tokenId: id } });
        tokens.update(removeById(id));
      },
      done: "Token revoked",
    });
  return (
    <Dialog title={`Tokens of ${bot.displayName}`} isWide onClose={onClose}>
      <div class="stack">
        {bot.active && (
          <div>
            <button type="button" class="button primary" onClick={create}>
              Create a token
            </button>
          </div>
        )}
        <PagedTable
          label="Tokens"
          from={tokens}
          nameOf={({ name }) => name}
          isBusy={({ id }) => actions.isBusy(id)}
          empty={
            <EmptyState title="The bot has no token">
              <p>{bot.active ? "It needs one to connect." : "It is deactivated, which ended its tokens."}</p>
            </EmptyState>
          }
          columns={[
            { title: "Name", cell: ({ name }) => <span dir="auto">{name}</span> },
            { title: "May", cell: ({ scopes }) => scopes.join(", ") },
            { title: "Channels", cell: (token) => <TokenChannels token={token} /> },
            { title: "Last used", cell: ({ lastUsedAt }) => <OptionalTime at={lastUsedAt} none="never" /> },
            { title: "Expires", cell: ({ expiresAt }) => <OptionalTime at={expiresAt} none="never" /> },
          ]}
          actions={(token) => [
            { label: "Revoke", icon: "trash", isDanger: true, onSelect: () => void revoke(token) },
          ]}
        />
      </div>
      {dialog.shown}
    </Dialog>
  );
}

const TokenChannels = ({ token: { channelIds } }: { token: Token }) => (
  <span class="row wrap">
    {channelIds === null ? "all" : channelIds.map((id) => <ChannelName key={id} channelId={id} />)}
  </span>
);

interface CreateTokenProps {
  bot: User;
  onCreated: (token: Token, secret: string) => void;
  onClose: () => void;
}

function CreateToken({ bot, onCreated, onClose }: CreateTokenProps) {
  const workspace = useWorkspace();
  const [name, setName] = useState("");
  const [grant, setGrant] = useState(newGrant);
  const submission = useSubmit(["name", ...grantFieldNames]);
  const create = async (): Promise<void> => {
    const body = { name: name.trim(), ...grantBody(grant) };
    const created = await withRecentLogin(workspace, () =>
      workspace.client.call(createBotToken, { params: { userId: bot.id }, body }),
    );
    if (created) onCreated(created.token, created.accessToken);
  };
  return (
    <FormDialog
      title={`Create a token of ${bot.displayName}`}
      action="Create"
      submission={submission}
      onSubmit={create}
      onClose={onClose}
    >
      <TextField
        label="Name"
        hint="Where the token is used, such as “production”."
        value={name}
        onValue={setName}
        autocomplete="off"
        maxLength={80}
        required
        error={submission.errorOf("name")}
      />
      <GrantFields value={grant} onChange={setGrant} submission={submission} />
    </FormDialog>
  );
}
