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
import { needsRecentLogin } from "./needs-recent-login.ts";
import { RecoveryCodes } from "./recovery-codes.tsx";
import { SetUpApp } from "./set-up-app.tsx";
import { makePasskey, supportsPasskeys } from "./webauthn.ts";

interface SetUpSecondFactorProps {
  /** Called when the user has stored the recovery codes. */
  onDone: () => Promise<unknown>;
  /** Logs out, for a session that did not begin recently. */
  onLogInAgain: () => Promise<unknown>;
}

/** Lets a user without a second factor set one up. */
export function SetUpSecondFactor({ onDone, onLogInAgain }: SetUpSecondFactorProps) {
  const [totp, setTotp] = useState<CreateTotpResponse | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const [isTooOld, setTooOld] = useState(false);
  const run = async (change: () => Promise<unknown>): Promise<void> => {
    try {
      await change();
    } catch (error) {
      if (!needsRecentLogin(error)) throw error;
      setTooOld(true);
    }
  };
  const connectApp = async (): Promise<void> => setTotp(await client.call(createTotp));
  const addPasskey = async (): Promise<void> => {
    const created = await makePasskey(await client.call(createPasskeyOptions));
    if (!created) return showToast("No passkey was added", { isError: true });
    const { recoveryCodes } = await client.call(createPasskey, { body: created });
    if (recoveryCodes) setCodes(recoveryCodes);
    else await onDone();
  };
  if (codes) return <RecoveryCodes codes={codes} onDone={onDone} />;
  if (totp) return <SetUpApp totp={totp} onEnabled={setCodes} />;
  if (isTooOld)
    return (
      <div class="stack">
        <p>You logged in a while ago. A second factor can be set up only after a new login.</p>
        <ActionButton class="primary" onAction={onLogInAgain}>
          Log in again
        </ActionButton>
      </div>
    );
  return (
    <div class="stack">
      <p>
        A second factor protects your account even if somebody finds out your password. Set up one of the two;
        you can add the other later in the settings.
      </p>
      {supportsPasskeys && (
        <ActionButton class="primary" onAction={() => run(addPasskey)}>
          Add a passkey
        </ActionButton>
      )}
      <ActionButton onAction={() => run(connectApp)}>Connect an authenticator app</ActionButton>
    </div>
  );
}
