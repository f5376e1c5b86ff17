import { useState } from "preact/hooks";
import {
  createServerKey,
  type CreateServerKeyResponse,
  getServerKeys,
  revokeServerKey,
  type ServerKey,
} from "../../../../src/client/index.ts";
import { withRecentLogin } from "../../second-factor/recent-login.tsx";
import { useWorkspace } from "../../state/context.ts";
import { TextField } from "../../ui/field.tsx";
import { EmptyState } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { serverKeyExample } from "../forms/examples.ts";
import { FormDialog } from "../forms/form-dialog.tsx";
import { SecretDialog } from "../forms/secret-dialog.tsx";
import { useDialog } from "../forms/use-dialog.tsx";
import { useSubmit } from "../forms/use-submit.ts";
import { PageHeader } from "../lists/page-header.tsx";
import { PagedTable } from "../lists/paged-table.tsx";
import { useActions } from "../lists/use-actions.ts";
import { removeById, usePages } from "../../ui/use-pages.ts";

/** The keys of applications that embed Parley. */
export function ServerKeysPage() {
  const { client } = useWorkspace();
  const keys = usePages(
    (_, signal) => client.call(getServerKeys, { signal }),
    [],
    ({ id }) => id,
  );
  const actions = useActions();
  const dialog = useDialog();
  const create = (): void =>
    dialog.open((close) => (
      <CreateServerKey
        onClose={close}
        onCreated={({ key, secret }) => {
          keys.update((items) => [...items, key]);
          dialog.open((closeSecret) => (
            <SecretDialog
              title={`Server key ${key.name}`}
              label="Key"
              secret={secret}
              example={serverKeyExample(location.origin, secret)}
              onClose={closeSecret}
            >
              <p>Keep it on the server of the application, never in a browser or an app.</p>
            </SecretDialog>
          ));
        }}
      />
    ));
  const revoke = ({ id, name }: ServerKey): Promise<boolean> =>
    actions.run({
      key: id,
      question: {
        title: `Revoke ${name}?`,
        text: "The application can no longer create users or act for them. Tokens of users that it created stay valid until they expire, within 24 hours.",
        action: "Revoke",
      },
      work: async () => {
        await client.call(revokeServerKey, { params: { keyId: id } });
        keys.update(removeById(id));
      },
      done: "Server key revoked",
    });
  return (
    <>
      <PageHeader
        title="Server keys"
        intro="An application that embeds Parley creates its users with a server key and gives each of them a short-lived token."
      >
        <button type="button" class="button primary" onClick={create}>
          Create a key
        </button>
      </PageHeader>
      <PagedTable
        label="Server keys"
        from={keys}
        nameOf={({ name }) => name}
        isBusy={({ id }) => actions.isBusy(id)}
        empty={
          <EmptyState title="There are no server keys">
            <p>Create one to add chat to a product that has its own login. Otherwise you need none.</p>
          </EmptyState>
        }
        columns={[
          { title: "Name", cell: ({ name }) => <span dir="auto">{name}</span> },
          { title: "Created", cell: ({ createdAt }) => <Time at={createdAt} format="full" /> },
        ]}
        actions={(key) => [
          { label: "Revoke", icon: "trash", isDanger: true, onSelect: () => void revoke(key) },
        ]}
      />
      {dialog.shown}
    </>
  );
}

function CreateServerKey({
  onCreated,
  onClose,
}: {
  onCreated: (created: CreateServerKeyResponse) => void;
  onClose: () => void;
}) {
  const workspace = useWorkspace();
  const [name, setName] = useState("");
  const submission = useSubmit(["name"]);
  const create = async (): Promise<void> => {
    const body = { name: name.trim() };
    const created = await withRecentLogin(workspace, () => workspace.client.call(createServerKey, { body }));
    if (created) onCreated(created);
  };
  return (
    <FormDialog
      title="Create a server key"
      action="Create"
      submission={submission}
      onSubmit={create}
      onClose={onClose}
    >
      <TextField
        label="Name"
        hint="The application, such as “shop”."
        value={name}
        onValue={setName}
        autocomplete="off"
        maxLength={80}
        required
        error={submission.errorOf("name")}
      />
    </FormDialog>
  );
}
