import { useState } from "preact/hooks";
import {
  createEventSubscription,
  type EventSubscription,
  updateEventSubscription,
} from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { TextField } from "../../ui/field.tsx";
import { ChannelPicker } from "../../ui/pickers/channel-picker.tsx";
import { CheckGroup, RadioGroup } from "../forms/choice-group.tsx";
import { FormDialog } from "../forms/form-dialog.tsx";
import { useSubmit } from "../forms/use-submit.ts";
import { eventChoices, type EventType } from "./event-types.ts";

interface SubscriptionFormProps {
  /** The subscription to change; undefined for a new one. */
  subscription?: EventSubscription;
  /** Called with the subscription, and with the secret of a new one. */
  onSaved: (subscription: EventSubscription, secret?: string) => void;
  onClose: () => void;
}

const maxChannels = 100;
const commonEvents: EventType[] = ["messageCreate", "threadCreate"];

/** The form of an event subscription. */
export function SubscriptionForm({ subscription, onSaved, onClose }: SubscriptionFormProps) {
  const { client } = useWorkspace();
  const [name, setName] = useState(subscription?.name ?? "");
  const [url, setUrl] = useState(subscription?.url ?? "");
  const [events, setEvents] = useState<EventType[]>(subscription?.events ?? commonEvents);
  const [scope, setScope] = useState<"public" | "chosen">(subscription?.channelIds ? "chosen" : "public");
  const [chosenIds, setChosenIds] = useState<string[]>(subscription?.channelIds ?? []);
  const [signingSecret, setSigningSecret] = useState("");
  const submission = useSubmit(["name", "url", "events", "channelIds", "signingSecret"]);
  const { errorOf } = submission;
  const save = async (): Promise<void> => {
    const trimmed = name.trim();
    const fields = { url: url.trim(), events, ...(trimmed !== "" && { name: trimmed }) };
    if (subscription) {
      const params = { subscriptionId: subscription.id };
      const body = { ...fields, channelIds: scope === "chosen" ? chosenIds : null };
      onSaved(await client.call(updateEventSubscription, { params, body }));
    } else {
      const body = {
        ...fields,
        ...(scope === "chosen" && { channelIds: chosenIds }),
        ...(signingSecret !== "" && { signingSecret }),
      };
      const created = await client.call(createEventSubscription, { body });
      onSaved(created.subscription, created.secret);
    }
  };
  return (
    <FormDialog
      title={subscription ? `Change ${subscription.name}` : "Create an event subscription"}
      action={subscription ? "Save" : "Create"}
      submission={submission}
      onSubmit={save}
      onClose={onClose}
    >
      <TextField
        label="URL"
        hint="Where events are posted: https, at a public address."
        type="url"
        value={url}
        onValue={setUrl}
        autocomplete="off"
        required
        error={errorOf("url")}
      />
      <TextField
        label="Name"
        hint="Without a name, the host of the URL is shown."
        value={name}
        onValue={setName}
        autocomplete="off"
        maxLength={80}
        error={errorOf("name")}
      />
      <CheckGroup
        legend="Events"
        isCompact
        choices={eventChoices}
        value={events}
        onChange={setEvents}
        error={errorOf("events")}
      />
      <RadioGroup
        legend="Channels"
        value={scope}
        onChange={setScope}
        choices={[
          { value: "public", label: "All public channels", hint: "also those that are created later" },
          { value: "chosen", label: "Only these" },
        ]}
        error={scope === "public" ? errorOf("channelIds") : undefined}
      />
      {scope === "chosen" && (
        <ChannelPicker
          label="Chosen channels"
          max={maxChannels}
          value={chosenIds}
          onChange={setChosenIds}
          error={errorOf("channelIds")}
        />
      )}
      {!subscription && (
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
