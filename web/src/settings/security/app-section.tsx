import { createTotp, type CreateTotpResponse, deleteTotp } from "../../../../src/client/index.ts";
import { useState } from "preact/hooks";
import { SetUpApp } from "../../second-factor/set-up-app.tsx";
import { useWorkspace } from "../../state/context.ts";
import { ActionButton } from "../../ui/action-button.tsx";
import { confirm, Dialog } from "../../ui/dialog.tsx";
import { showToast } from "../../ui/toasts.tsx";
import { Section } from "../section.tsx";
import { withRecentLogin } from "../../second-factor/recent-login.tsx";
import { showRecoveryCodes } from "./recovery-codes-dialog.tsx";

/** The authenticator app: enables and disables it. */
export function AppSection({ isEnabled, onChange }: { isEnabled: boolean; onChange: () => void }) {
  const workspace = useWorkspace();
  const { client } = workspace;
  const [totp, setTotp] = useState<CreateTotpResponse | null>(null);
  const begin = async (): Promise<void> => {
    const created = await withRecentLogin(workspace, () => client.call(createTotp));
    if (created) setTotp(created);
  };
  const enabled = async (codes: string[]): Promise<void> => {
    setTotp(null);
    await showRecoveryCodes(codes);
    onChange();
  };
  const disable = async (): Promise<void> => {
    const isConfirmed = await confirm({
      title: "Disable the authenticator app?",
      text: "Logins no longer ask for its codes. Without another second factor, the password alone protects your account.",
      action: "Disable",
      isDanger: true,
    });
    if (!isConfirmed) return;
    const isDone = await withRecentLogin(workspace, async () => {
      await client.call(deleteTotp, { body: {} });
      return true;
    });
    if (!isDone) return;
    showToast("The authenticator app was disabled");
    onChange();
  };
  return (
    <Section
      title="Authenticator app"
      description="After the password, a login asks for a code of an app on your phone or in your password manager."
    >
      <div class="row wrap">
        <span class="grow">{isEnabled ? "It is enabled." : "It is not enabled."}</span>
        {isEnabled ? (
          <ActionButton onAction={disable}>Disable</ActionButton>
        ) : (
          <ActionButton class="primary" onAction={begin}>
            Set up
          </ActionButton>
        )}
      </div>
      {totp && (
        <Dialog title="Set up an authenticator app" onClose={() => setTotp(null)}>
          <SetUpApp totp={totp} onEnabled={(codes) => void enabled(codes)} />
        </Dialog>
      )}
    </Section>
  );
}
