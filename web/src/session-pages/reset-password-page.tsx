import { useState } from "preact/hooks";
import { resetPassword } from "../../../src/client/index.ts";
import { client } from "../client.ts";
import { Form } from "../ui/form.tsx";
import { PasswordField } from "../ui/password-field.tsx";
import { IncompleteLink, linkError } from "./mail-link.tsx";
import { LoginHint, SessionLayout, SessionLink } from "./session-layout.tsx";
import { useFragment } from "./use-fragment.ts";

/** Where the mail for a forgotten password leads: sets a new one. */
export function ResetPasswordPage() {
  const token = useFragment().get("token");
  const [newPassword, setNewPassword] = useState("");
  const [usedToken, setUsedToken] = useState<string | null>(null);
  if (token !== null && usedToken === token)
    return (
      <SessionLayout title="Your password was changed">
        <LoginHint>All your sessions were ended. Log in with the new password.</LoginHint>
      </SessionLayout>
    );
  if (token === null) return <IncompleteLink />;
  const send = async (): Promise<void> => {
    await client.call(resetPassword, { body: { token, newPassword } });
    setUsedToken(token);
  };
  return (
    <SessionLayout title="Set a new password">
      <Form
        action="Set the password"
        onSubmit={send}
        buttons={<SessionLink to="forgot-password">Request another mail</SessionLink>}
      >
        {(errorOf) => (
          <>
            <PasswordField
              label="New password"
              kind="new"
              value={newPassword}
              onValue={setNewPassword}
              error={errorOf("newPassword")}
              autoFocus
            />
            {linkError(errorOf)}
          </>
        )}
      </Form>
    </SessionLayout>
  );
}
