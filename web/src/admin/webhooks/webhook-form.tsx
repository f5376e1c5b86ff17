import { useState } from "preact/hooks";
import {
  createIncomingWebhook,
  type IncomingWebhook,
  updateIncomingWebhook,
} from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { Check, TextField } from "../../ui/field.tsx";
import { FormDialog } from "../forms/form-dialog.tsx";
import { useSubmit } from "../forms/use-submit.ts";

interface WebhookFormProps {
  channelId: string;
  /** The webhook to change; undefined for a new one. */
  webhook?: IncomingWebhook;
  /** Called with the webhook, and with the URL of a new one. */
  onSaved: (webhook: IncomingWebhook, webhookUrl?: string) => void;
  onClose: () => void;
}

/** The form of an incoming webhook. */
export function WebhookForm({ channelId, webhook, onSaved, onClose }: WebhookFormProps) {
  const { client } = useWorkspace();
  const [name, setName] = useState(webhook?.name ?? "");
  const [icon, setIcon] = useState(webhook?.icon ?? "");
  const [anyChannel, setAnyChannel] = useState(webhook?.anyChannel ?? false);
  const submission = useSubmit(["name", "icon"]);
  const save = async (): Promise<void> => {
    const fields = { name: name.trim(), anyChannel };
    const shownIcon = icon.trim();
    if (webhook) {
      const params = { channelId, webhookId: webhook.id };
      const body = { ...fields, icon: shownIcon || null };
      onSaved(await client.call(updateIncomingWebhook, { params, body }));
    } else {
      const body = { ...fields, ...(shownIcon !== "" && { icon: shownIcon }) };
      const created = await client.call(createIncomingWebhook, { params: { channelId }, body });
      onSaved(created.webhook, created.url);
    }
  };
  return (
    <FormDialog
      title={webhook ? `Change ${webhook.name}` : "Create an incoming webhook"}
      action={webhook ? "Save" : "Create"}
      submission={submission}
      onSubmit={save}
      onClose={onClose}
    >
      <TextField
        label="Name"
        hint="The author of its messages, such as “Alerts”."
        value={name}
        onValue={setName}
        autocomplete="off"
        maxLength={80}
        required
        error={submission.errorOf("name")}
      />
      <TextField
        label="Icon"
        hint="An emoji between colons, such as :bell:, or the https address of an image. Optional."
        value={icon}
        onValue={setIcon}
        autocomplete="off"
        error={submission.errorOf("icon")}
      />
      <Check
        label="It may post in other channels"
        hint="A request can then choose any channel that the bot of the webhook is in."
        isChecked={anyChannel}
        onChange={setAnyChannel}
      />
    </FormDialog>
  );
}
