import {
  createPasskeyLoginOptions,
  loginWithPasskey,
  type UserAndTokens,
} from "../../../src/client/index.ts";
import { client } from "../client.ts";
import { signWithPasskey } from "../second-factor/webauthn.ts";
import { ActionButton } from "../ui/action-button.tsx";
import { Icon } from "../ui/icon.tsx";
import { showToast } from "../ui/toasts.tsx";

/** Logs in with a passkey, without a name or a password. */
export function PasskeyButton({ onResult }: { onResult: (begun: UserAndTokens) => Promise<unknown> }) {
  const logIn = async (): Promise<void> => {
    const assertion = await signWithPasskey(await client.call(createPasskeyLoginOptions));
    if (assertion) await onResult(await client.call(loginWithPasskey, { body: assertion }));
    else showToast("No passkey was used. You can add one in the settings.", { isError: true });
  };
  return (
    <ActionButton onAction={logIn}>
      <Icon name="lock" />
      Log in with a passkey
    </ActionButton>
  );
}
