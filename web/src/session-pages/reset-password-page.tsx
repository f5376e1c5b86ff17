import { useState } from "preact/hooks";
import { resetPassword } from "../../../src/client/index.ts";
import { client } from "../client.ts";
import { Form } from "../ui/form.tsx";
import { PasswordField } from "../ui/password-field.tsx";
import { LoginHint, SessionLayout, SessionLink } from "./session-layout.tsx";
import { useFragment } from "./use-fragment.ts";

/** Where the mail for a forgotten password leads: sets a new one. */
export function ResetPasswordPage() {
  const token = useFragment().get("token");
  const [newPassword, setNewPassword] = useState("");
  const [isDone, setDone] = useState(false);
  if (isDone)
    return (
      <SessionLayout title="Your password was changed">
        <LoginHint>All your sessions were ended. Log in with the new password.</LoginHint>
      </SessionLayout>
    );
  if (token === null) return <IncompleteLink />;
  const send = async (): Promise<void> => {
    await client.call(resetPassword, { body: { token, newPassword } });
    setDone(true);
  };
  return (
    <SessionLayout title="Set a new password">
      <Form
        action="Set the password"
        onSubmit={send}
        buttons={<SessionLink to="forgot-password">Request another mail</SessionLink>}
      >
        {(errorOf) => (
          <PasswordField
            label="New password"
            kind="new"
            hint="At least 8 characters. Several words are easy to remember and hard to guess."
            value={newPassword}
            onValue={setNewPassword}
            error={errorOf("newPassword")}
            autoFocus
          />
        )}
      </Form>
    </SessionLayout>
  );
}

/** Shown where the address has no token, for example after a reload. */
export const IncompleteLink = () => (
  <SessionLayout title="The link is not complete">
    <LoginHint>Open the link of the mail again.</LoginHint>
  </SessionLayout>
);
