import { useState } from "preact/hooks";
import { createInvite, type CreateInviteResponse, type InvitedRole } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { Select, TextField } from "../../ui/field.tsx";
import { ChannelPicker } from "../../ui/pickers/channel-picker.tsx";
import { RadioGroup } from "../forms/choice-group.tsx";
import { endOf, periodsOf } from "../forms/expiry.ts";
import { FormDialog } from "../forms/form-dialog.tsx";
import { useSubmit } from "../forms/use-submit.ts";

interface CreateInviteProps {
  /** Whether the server sends mail. */
  sendsMail: boolean;
  onCreated: (created: CreateInviteResponse) => void;
  onClose: () => void;
}

const periods = periodsOf([1, 7, 30, 90]);
const maxUses = 1_000;
const maxChannels = 20;

/** The form of a new invite: a link for anyone, or for one e-mail address. */
export function CreateInvite({ sendsMail, onCreated, onClose }: CreateInviteProps) {
  const { client } = useWorkspace();
  const [kind, setKind] = useState<"link" | "email">("link");
  const [email, setEmail] = useState("");
  const [uses, setUses] = useState("10");
  const [period, setPeriod] = useState("7");
  const [role, setRole] = useState<InvitedRole>("member");
  const [channelIds, setChannelIds] = useState<string[]>([]);
  const submission = useSubmit(["email", "maxUses", "channelIds"]);
  const create = async (): Promise<void> => {
    const expiresAt = endOf(period);
    const body = {
      role,
      ...(kind === "email" ? { email } : { maxUses: Number(uses) }),
      ...(expiresAt !== undefined && { expiresAt }),
      ...(channelIds.length > 0 && { channelIds }),
    };
    onCreated(await client.call(createInvite, { body }));
  };
  return (
    <FormDialog
      title="Create an invite"
      action="Create"
      submission={submission}
      onSubmit={create}
      onClose={onClose}
    >
      <RadioGroup
        legend="Who may register with it"
        value={kind}
        onChange={setKind}
        choices={[
          { value: "link", label: "Anyone with the link" },
          {
            value: "email",
            label: "One person",
            hint: sendsMail ? "the server sends them the link" : "you send them the link",
          },
        ]}
      />
      {kind === "email" ? (
        <TextField
          label="E-mail address"
          type="email"
          value={email}
          onValue={setEmail}
          required
          error={submission.errorOf("email")}
        />
      ) : (
        <TextField
          label="How many people"
          type="number"
          inputMode="numeric"
          min={1}
          max={maxUses}
          value={uses}
          onValue={setUses}
          required
          error={submission.errorOf("maxUses")}
        />
      )}
      <Select label="Expires after" options={periods} value={period} onValue={setPeriod} />
      <Select
        label="Role"
        options={[
          { value: "member", label: "Member" },
          { value: "guest", label: "Guest: only the channels below" },
        ]}
        value={role}
        onValue={setRole}
      />
      <ChannelPicker
        label="Channels that they join"
        hint="You can choose channels that you are in."
        scope="joined"
        max={maxChannels}
        value={channelIds}
        onChange={setChannelIds}
        error={submission.errorOf("channelIds")}
      />
    </FormDialog>
  );
}
