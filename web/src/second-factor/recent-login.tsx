import {
  beginSecondFactor,
  endSession,
  getSecondFactors,
  getSessions,
  type MfaChallenge,
} from "../../../src/client/index.ts";
import { useState } from "preact/hooks";
import { needsRecentLogin } from "./needs-recent-login.ts";
import { passSecondFactor } from "./pass-second-factor.ts";
import { SecondFactorStep } from "./second-factor-step.tsx";
import { logOut, replaceSession } from "../session.ts";
import type { Workspace } from "../state/workspace.ts";
import { ActionButton } from "../ui/action-button.tsx";
import { Dialog, openDialog } from "../ui/dialog.tsx";
import { Form } from "../ui/form.tsx";
import { PasswordField } from "../ui/password-field.tsx";
import { Load } from "../ui/states.tsx";
import { useLoad } from "../ui/use-load.ts";

/**
 * Runs a change that the server accepts only from a session that began recently. If this one did not, the user confirms that it is they, which
 * begins a new session in its place, and the change runs again.
 *
 * @returns the result of the change; undefined if the user cancelled
 */
export async function withRecentLogin<Result>(
  workspace: Workspace,
  change: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await change();
  } catch (error) {
    if (!needsRecentLogin(error)) throw error;
    const isConfirmed = await openDialog<boolean>((close) => (
      <RecentLoginDialog workspace={workspace} close={close} />
    ));
    return isConfirmed ? change() : undefined;
  }
}

interface StepProps {
  workspace: Workspace;
  close: (isConfirmed?: boolean) => void;
}

function RecentLoginDialog({ workspace, close }: StepProps) {
  const { client } = workspace;
  const challenge = useLoad(async (signal): Promise<MfaChallenge | null> => {
    const { totp, passkeys } = await client.call(getSecondFactors, { signal });
    return totp || passkeys > 0 ? (await client.call(beginSecondFactor, { signal })).mfa : null;
  }, []);
  return (
    <Dialog title="Confirm that it is you" onClose={() => close()}>
      <div class="stack">
        <p>You logged in a while ago. This change needs a new confirmation.</p>
        <Load from={challenge}>
          {(issued) =>
            issued ? (
              <SecondFactorStep
                challenge={issued}
                onAnswer={async (answer) => {
                  await replaceSession(() => passSecondFactor(answer));
                  close(true);
                }}
                onCancel={() => close()}
              />
            ) : (
              <PasswordStep workspace={workspace} close={close} />
            )
          }
        </Load>
      </div>
    </Dialog>
  );
}

function PasswordStep({ workspace: { client, me }, close }: StepProps) {
  const [password, setPassword] = useState("");
  const logIn = async (): Promise<void> => {
    const { items } = await client.call(getSessions);
    await replaceSession(() => client.login({ login: me.peek().username, password }));
    const before = items.find(({ current }) => current);
    // Sessions in cookies are replaced by the server.
    if (before) await client.call(endSession, { params: { sessionId: before.id } }).catch(() => {});
    close(true);
  };
  return (
    <>
      <Form
        action="Continue"
        onSubmit={logIn}
        buttons={
          <button type="button" class="button" onClick={() => close()}>
            Cancel
          </button>
        }
      >
        {(errorOf) => (
          <PasswordField
            label="Your password"
            kind="current"
            value={password}
            onValue={setPassword}
            error={errorOf("password")}
            autoFocus
          />
        )}
      </Form>
      <p class="muted small">
        If your account has no password because you log in at a provider, log out and log in again.
      </p>
      <div class="row">
        <ActionButton
          class="plain"
          onAction={async () => {
            close();
            await logOut();
          }}
        >
          Log out
        </ActionButton>
      </div>
    </>
  );
}
