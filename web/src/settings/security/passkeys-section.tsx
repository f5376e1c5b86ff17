import { useState } from "preact/hooks";
import {
  createPasskey,
  createPasskeyOptions,
  deletePasskey,
  type Passkey,
  updatePasskey,
} from "../../../../src/client/index.ts";
import { makePasskey, supportsPasskeys } from "../../second-factor/webauthn.ts";
import { useWorkspace } from "../../state/context.ts";
import { ActionButton } from "../../ui/action-button.tsx";
import { confirm } from "../../ui/dialog.tsx";
import { Time } from "../../ui/time.tsx";
import { showToast } from "../../ui/toasts.tsx";
import { Section } from "../section.tsx";
import { PasskeyNameDialog } from "./passkey-name-dialog.tsx";
import { withRecentLogin } from "../../second-factor/recent-login.tsx";
import { showRecoveryCodes } from "./recovery-codes-dialog.tsx";

interface PasskeysSectionProps {
  passkeys: readonly Passkey[];
  onChange: () => void;
}

/** The passkeys: adds, renames and removes them. */
export function PasskeysSection({ passkeys, onChange }: PasskeysSectionProps) {
  const workspace = useWorkspace();
  const { client } = workspace;
  const [isAdding, setAdding] = useState(false);
  const add = async (name: string): Promise<void> => {
    const options = await withRecentLogin(workspace, () => client.call(createPasskeyOptions));
    const created = options && (await makePasskey(options));
    if (!created) return showToast("No passkey was added", { isError: true });
    const { recoveryCodes } = await client.call(createPasskey, { body: { ...created, name } });
    setAdding(false);
    showToast("The passkey was added");
    if (recoveryCodes) await showRecoveryCodes(recoveryCodes);
    onChange();
  };
  return (
    <Section
      title="Passkeys"
      description="Log in with your fingerprint, your face, or the PIN of a device, without a password. Passkeys count as a second factor."
    >
      {passkeys.length > 0 && (
        <ul class="settings-list">
          {passkeys.map((passkey) => (
            <PasskeyRow key={passkey.id} passkey={passkey} onChange={onChange} />
          ))}
        </ul>
      )}
      {supportsPasskeys ? (
        <div class="row">
          <button
            type="button"
            class={`button ${passkeys.length === 0 ? "primary" : ""}`}
            onClick={() => setAdding(true)}
          >
            Add a passkey
          </button>
        </div>
      ) : (
        <p class="muted">This browser does not support passkeys.</p>
      )}
      {isAdding && (
        <PasskeyNameDialog
          title="Add a passkey"
          action="Continue"
          name="Passkey"
          onSubmit={add}
          onClose={() => setAdding(false)}
        />
      )}
    </Section>
  );
}

function PasskeyRow({ passkey, onChange }: { passkey: Passkey; onChange: () => void }) {
  const workspace = useWorkspace();
  const { client } = workspace;
  const { id: passkeyId, name, backedUp, createdAt, lastUsedAt } = passkey;
  const [isRenaming, setRenaming] = useState(false);
  const rename = async (chosen: string): Promise<void> => {
    await client.call(updatePasskey, { params: { passkeyId }, body: { name: chosen } });
    setRenaming(false);
    onChange();
  };
  const remove = async (): Promise<void> => {
    const isConfirmed = await confirm({
      title: `Remove the passkey “${name}”?`,
      text: "You can’t log in with it any more.",
      action: "Remove",
      isDanger: true,
    });
    if (!isConfirmed) return;
    const isDone = await withRecentLogin(workspace, async () => {
      await client.call(deletePasskey, { params: { passkeyId }, body: {} });
      return true;
    });
    if (isDone) onChange();
  };
  return (
    <li class="row wrap">
      <div class="grow">
        <strong dir="auto">{name}</strong> {backedUp && <span class="tag">synchronized</span>}
        <div class="muted small">
          Added <Time at={createdAt} format="full" /> ·{" "}
          {lastUsedAt ? (
            <>
              last used <Time at={lastUsedAt} format="full" />
            </>
          ) : (
            "never used"
          )}
        </div>
      </div>
      <button type="button" class="button" aria-label={`Rename ${name}`} onClick={() => setRenaming(true)}>
        Rename
      </button>
      <ActionButton label={`Remove ${name}`} onAction={remove}>
        Remove
      </ActionButton>
      {isRenaming && (
        <PasskeyNameDialog
          title="Rename the passkey"
          action="Rename"
          name={name}
          onSubmit={rename}
          onClose={() => setRenaming(false)}
        />
      )}
    </li>
  );
}
