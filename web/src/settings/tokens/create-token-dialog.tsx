import { useState } from "preact/hooks";
import { createToken, type Token, type TokenScope } from "../../../../src/client/index.ts";
import { withRecentLogin } from "../../second-factor/recent-login.tsx";
import { useWorkspace } from "../../state/context.ts";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Check, Choice, Select, TextField } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { ChannelChecks } from "./channel-checks.tsx";
import { dateValueOf } from "../../ui/day.ts";
import { expiresAt, expiries, type Expiry, expiryLabels } from "./expiry.ts";

interface CreateTokenDialogProps {
  onCreated: (token: Token) => void;
  onClose: () => void;
}

const scopeTexts: readonly { scope: TokenScope; label: string; hint: string; isForAdmins?: true }[] = [
  { scope: "read", label: "Read", hint: "Read channels and messages, connect, receive events." },
  { scope: "write", label: "Write", hint: "Send and change messages, channels, your profile and status." },
  { scope: "files", label: "Files", hint: "Upload, download and delete files." },
  {
    scope: "admin",
    label: "Administer",
    hint: "What your role as an administrator permits.",
    isForAdmins: true,
  },
  {
    scope: "users:email",
    label: "Find users by e-mail address",
    hint: "Needs the scope “Administer” too.",
    isForAdmins: true,
  },
];

/** Creates a token, and shows its text, which the server never shows again. */
export function CreateTokenDialog({ onCreated, onClose }: CreateTokenDialogProps) {
  const [accessToken, setAccessToken] = useState<string | null>(null);
  if (accessToken !== null)
    return (
      <Dialog
        title="Your new token"
        onClose={onClose}
        footer={
          <button type="button" class="button primary" onClick={onClose}>
            Done
          </button>
        }
      >
        <div class="stack">
          <p>Copy the token now, and keep it secret. It is not shown again.</p>
          <TextField
            label="Token"
            value={accessToken}
            readOnly
            spellcheck={false}
            button={<CopyButton text={accessToken} />}
          />
        </div>
      </Dialog>
    );
  return (
    <Dialog title="Create a token" onClose={onClose}>
      <CreateTokenForm
        onClose={onClose}
        onCreated={(token, text) => {
          setAccessToken(text);
          onCreated(token);
        }}
      />
    </Dialog>
  );
}

interface CreateTokenFormProps {
  onCreated: (token: Token, accessToken: string) => void;
  onClose: () => void;
}

function CreateTokenForm({ onCreated, onClose }: CreateTokenFormProps) {
  const workspace = useWorkspace();
  const { client, isAdmin } = workspace;
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<ReadonlySet<TokenScope>>(new Set(["read"]));
  const [expiry, setExpiry] = useState<Expiry>("90");
  const [date, setDate] = useState(dateValueOf(new Date()));
  const [reach, setReach] = useState<"all" | "some">("all");
  const [channelIds, setChannelIds] = useState<ReadonlySet<string>>(new Set());
  const isComplete = scopes.size > 0 && (reach === "all" || channelIds.size > 0);

  const toggle = (scope: TokenScope, isChosen: boolean): void => {
    const changed = new Set(scopes);
    if (isChosen) changed.add(scope);
    else changed.delete(scope);
    setScopes(changed);
  };
  const create = async (): Promise<void> => {
    const until = expiresAt(expiry, date);
    const body = {
      name,
      scopes: [...scopes],
      ...(until !== undefined && { expiresAt: until }),
      ...(reach === "some" && { channelIds: [...channelIds] }),
    };
    const created = await withRecentLogin(workspace, () => client.call(createToken, { body }));
    if (created) onCreated(created.token, created.accessToken);
  };
  return (
    <Form
      action="Create"
      isDisabled={!isComplete}
      onSubmit={create}
      buttons={
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
      }
    >
      {(errorOf) => (
        <>
          <TextField
            label="Name"
            hint="What the token is for, such as “nightly report”."
            value={name}
            onValue={setName}
            error={errorOf("name")}
            required
            autoFocus
            maxLength={80}
            autocomplete="off"
          />
          <fieldset class="choice">
            <legend>What programs with the token may do</legend>
            {scopeTexts
              .filter(({ isForAdmins }) => !isForAdmins || isAdmin.value)
              .map(({ scope, label, hint }) => (
                <Check
                  key={scope}
                  label={label}
                  hint={hint}
                  isChecked={scopes.has(scope)}
                  onChange={(isChosen) => toggle(scope, isChosen)}
                />
              ))}
            {scopes.size === 0 && <span class="error-text">Choose at least one</span>}
          </fieldset>
          <Select
            label="Valid for"
            value={expiry}
            onValue={setExpiry}
            options={expiries.map((value) => ({ value, label: expiryLabels[value] }))}
          />
          {expiry === "date" && (
            <TextField
              label="Last day"
              type="date"
              required
              min={dateValueOf(new Date())}
              value={date}
              onValue={setDate}
              error={errorOf("expiresAt")}
            />
          )}
          <Choice
            label="Channels"
            value={reach}
            onValue={setReach}
            options={[
              { value: "all", label: "All your channels" },
              { value: "some", label: "Only some" },
            ]}
          />
          {reach === "some" && <ChannelChecks chosen={channelIds} onChange={setChannelIds} />}
        </>
      )}
    </Form>
  );
}
