import { useState } from "preact/hooks";
import {
  createPasskey,
  createPasskeyOptions,
  createTotp,
  type CreateTotpResponse,
} from "../../../src/client/index.ts";
import { client } from "../client.ts";
import { ActionButton } from "../ui/action-button.tsx";
import { showToast } from "../ui/toasts.tsx";
import { RecoveryCodes } from "./recovery-codes.tsx";
import { SetUpApp } from "./set-up-app.tsx";
import { makePasskey, supportsPasskeys } from "./webauthn.ts";

/** Lets a user without a second factor set one up. `onDone` is called when they have stored the recovery codes. */
export function SetUpSecondFactor({ onDone }: { onDone: () => Promise<unknown> }) {
  const [totp, setTotp] = useState<CreateTotpResponse | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const addPasskey = async (): Promise<void> => {
    const created = await makePasskey(await client.call(createPasskeyOptions));
    if (!created) return showToast("No passkey was added", { isError: true });
    const { recoveryCodes } = await client.call(createPasskey, { body: created });
    if (recoveryCodes) setCodes(recoveryCodes);
    else await onDone();
  };
  if (codes) return <RecoveryCodes codes={codes} onDone={onDone} />;
  if (totp) return <SetUpApp totp={totp} onEnabled={setCodes} />;
  return (
    <div class="stack">
      <p>
        A second factor protects your account even if somebody finds out your password. Set up one of the two;
        you can add the other later in the settings.
      </p>
      {supportsPasskeys && (
        <ActionButton class="primary" onAction={addPasskey}>
          Add a passkey
        </ActionButton>
      )}
      <ActionButton onAction={async () => setTotp(await client.call(createTotp))}>
        Connect an authenticator app
      </ActionButton>
    </div>
  );
}
