import { useState } from "preact/hooks";
import { changePassword } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { Form } from "../../ui/form.tsx";
import { PasswordField } from "../../ui/password-field.tsx";
import { showToast } from "../../ui/toasts.tsx";
import { Section } from "../section.tsx";

/** Changes the password. */
export function PasswordSection() {
  const { client, me } = useWorkspace();
  const [currentPassword, setCurrentPassword] = useState("");
  const [newPassword, setNewPassword] = useState("");
  const change = async (): Promise<void> => {
    await client.call(changePassword, { body: { currentPassword, newPassword } });
    setCurrentPassword("");
    setNewPassword("");
    showToast("The password was changed. Your other sessions were ended.");
  };
  return (
    <Section title="Password" description="A new password ends your sessions on all other devices.">
      <Form action="Change the password" onSubmit={change}>
        {(errorOf) => (
          <>
            {/* Password managers store the new password with this name. */}
            <input
              type="text"
              name="username"
              autocomplete="username"
              value={me.value.username}
              readOnly
              hidden
            />
            <PasswordField
              label="Current password"
              kind="current"
              value={currentPassword}
              onValue={setCurrentPassword}
              error={errorOf("currentPassword")}
            />
            <PasswordField
              label="New password"
              kind="new"
              value={newPassword}
              onValue={setNewPassword}
              error={errorOf("newPassword")}
            />
          </>
        )}
      </Form>
    </Section>
  );
}
