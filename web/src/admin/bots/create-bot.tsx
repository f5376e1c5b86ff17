import { useState } from "preact/hooks";
import { createBot, type CreateBotResponse } from "../../../../src/client/index.ts";
import { withRecentLogin } from "../../second-factor/recent-login.tsx";
import { useWorkspace } from "../../state/context.ts";
import { TextField } from "../../ui/field.tsx";
import { FormDialog } from "../forms/form-dialog.tsx";
import { grantBody, GrantFields, grantFieldNames, newGrant } from "../forms/grant-fields.tsx";
import { useSubmit } from "../forms/use-submit.ts";

interface CreateBotProps {
  onCreated: (created: CreateBotResponse) => void;
  onClose: () => void;
}

/** The form of a new bot with its first token. */
export function CreateBot({ onCreated, onClose }: CreateBotProps) {
  const workspace = useWorkspace();
  const [username, setUsername] = useState("");
  const [displayName, setDisplayName] = useState("");
  const [grant, setGrant] = useState(newGrant);
  const submission = useSubmit(["username", "displayName", ...grantFieldNames]);
  const create = async (): Promise<void> => {
    const name = displayName.trim();
    const body = { username, ...(name !== "" && { displayName: name }), ...grantBody(grant) };
    const created = await withRecentLogin(workspace, () => workspace.client.call(createBot, { body }));
    if (created) onCreated(created);
  };
  return (
    <FormDialog
      title="Create a bot"
      action="Create"
      submission={submission}
      onSubmit={create}
      onClose={onClose}
    >
      <TextField
        label="Username"
        hint="2 to 32 characters (a-z 0-9 . _ -). It can’t be changed later."
        value={username}
        onValue={setUsername}
        autocomplete="off"
        maxLength={33}
        required
        error={submission.errorOf("username")}
      />
      <TextField
        label="Name"
        hint="Without a name, the username is shown."
        value={displayName}
        onValue={setDisplayName}
        autocomplete="off"
        maxLength={80}
        error={submission.errorOf("displayName")}
      />
      <GrantFields value={grant} onChange={setGrant} submission={submission} />
    </FormDialog>
  );
}
