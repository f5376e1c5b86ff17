import { useState } from "preact/hooks";
import {
  createSlashCommand,
  type RegisteredCommand,
  updateSlashCommand,
  type User,
} from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { TextField } from "../../ui/field.tsx";
import { UserPicker } from "../../ui/pickers/user-picker.tsx";
import { RadioGroup } from "../forms/choice-group.tsx";
import { FormDialog } from "../forms/form-dialog.tsx";
import { useSubmit } from "../forms/use-submit.ts";

interface CommandFormProps {
  /** The command to change; undefined for a new one. */
  command?: RegisteredCommand;
  /** Called with the name, and with the secret if one was created. */
  onSaved: (name: string, secret: string | null) => void;
  onClose: () => void;
}

const isBot = ({ isBot: isProgram, active }: User): boolean => isProgram && active;

/** The form of a slash command. */
export function CommandForm({ command, onSaved, onClose }: CommandFormProps) {
  const { client } = useWorkspace();
  const [name, setName] = useState(command?.name ?? "");
  const [description, setDescription] = useState(command?.description ?? "");
  const [usage, setUsage] = useState(command?.usage ?? "");
  const [delivery, setDelivery] = useState<"url" | "socket">(
    command?.delivery === "socket" ? "socket" : "url",
  );
  const [url, setUrl] = useState(command?.url ?? "");
  const [signingSecret, setSigningSecret] = useState("");
  const [botIds, setBotIds] = useState<string[]>([]);
  const submission = useSubmit(["name", "description", "usage", "url", "signingSecret", "botId"]);
  const { errorOf } = submission;

  const save = async (): Promise<void> => {
    const fields = { name, description: description.trim() };
    const shownUsage = usage.trim();
    const isByUrl = delivery === "url";
    if (command) {
      const params = { commandId: command.id };
      const body = { ...fields, usage: shownUsage || null, url: isByUrl ? url.trim() : null };
      const changed = await client.call(updateSlashCommand, { params, body });
      onClose();
      onSaved(changed.command.name, changed.secret ?? null);
      return;
    }
    const [botId] = botIds;
    const body = {
      ...fields,
      ...(shownUsage !== "" && { usage: shownUsage }),
      ...(isByUrl && { url: url.trim() }),
      ...(isByUrl && signingSecret !== "" && { signingSecret }),
      ...(botId !== undefined && { botId }),
    };
    const created = await client.call(createSlashCommand, { body });
    onClose();
    onSaved(created.command.name, created.secret);
  };
  return (
    <FormDialog
      title={command ? `Change /${command.name}` : "Register a slash command"}
      action={command ? "Save" : "Register"}
      submission={submission}
      onSubmit={save}
      onClose={onClose}
    >
      <TextField
        label="Name"
        hint="1 to 32 characters (a-z 0-9 _ -), without the /."
        value={name}
        onValue={setName}
        autocomplete="off"
        maxLength={33}
        required
        error={errorOf("name")}
      />
      <TextField
        label="Description"
        hint="What the command does, in a sentence."
        value={description}
        onValue={setDescription}
        maxLength={200}
        required
        error={errorOf("description")}
      />
      <TextField
        label="Arguments"
        hint="As they are shown to people, such as <service> [version]. Optional."
        value={usage}
        onValue={setUsage}
        maxLength={100}
        error={errorOf("usage")}
      />
      <RadioGroup
        legend="How the bot receives it"
        value={delivery}
        onChange={setDelivery}
        choices={[
          { value: "url", label: "By a request to a URL" },
          { value: "socket", label: "On the bot’s own connection" },
        ]}
      />
      {delivery === "url" && (
        <TextField
          label="URL"
          hint="https, at a public address."
          type="url"
          value={url}
          onValue={setUrl}
          autocomplete="off"
          required
          error={errorOf("url")}
        />
      )}
      {!command && (
        <UserPicker
          label="Bot"
          hint="Without a choice, a bot is created that is named after the command."
          placeholder="Search bots by name"
          max={1}
          accepts={isBot}
          value={botIds}
          onChange={setBotIds}
          error={errorOf("botId")}
        />
      )}
      {!command && delivery === "url" && (
        <TextField
          label="Signing secret of a program for Slack"
          hint="Leave it empty unless the program expects requests as Slack sends them."
          value={signingSecret}
          onValue={setSigningSecret}
          autocomplete="off"
          error={errorOf("signingSecret")}
        />
      )}
    </FormDialog>
  );
}
