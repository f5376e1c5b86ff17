import { useState } from "preact/hooks";
import { changeEmail, resendConfirmation } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { ActionButton } from "../../ui/action-button.tsx";
import { TextField } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { PasswordField } from "../../ui/password-field.tsx";
import { showToast } from "../../ui/toasts.tsx";
import { Section } from "../section.tsx";

/** The e-mail address: whether it is confirmed, and its change by the link of a mail. */
export function EmailSection({ sendsMail }: { sendsMail: boolean }) {
  const { client, me } = useWorkspace();
  const { email, emailConfirmed } = me.value;
  const [isChanging, setChanging] = useState(false);
  const [mailedTo, setMailedTo] = useState<string | null>(null);
  const resend = async (): Promise<void> => {
    await client.call(resendConfirmation);
    showToast(`A mail was sent to ${email}`);
  };
  return (
    <Section title="E-mail address">
      <div class="row wrap">
        <span dir="auto">{email || "Your account has no address."}</span>
        {email && <span class="tag">{emailConfirmed ? "confirmed" : "not confirmed"}</span>}
      </div>
      {mailedTo !== null && mailedTo !== email && (
        <div class="notice" role="status">
          A mail was sent to <strong dir="auto">{mailedTo}</strong>. The address changes when you open its
          link, within 24 hours.
        </div>
      )}
      {!sendsMail && (
        <p class="muted">This server sends no mail, so the address can’t be confirmed or changed.</p>
      )}
      {sendsMail && isChanging && (
        <ChangeEmailForm
          onCancel={() => setChanging(false)}
          onSent={(address) => {
            setMailedTo(address);
            setChanging(false);
          }}
        />
      )}
      {sendsMail && !isChanging && (
        <div class="row wrap">
          {email && !emailConfirmed && (
            <ActionButton onAction={resend}>Send another mail to confirm it</ActionButton>
          )}
          <button type="button" class="button" onClick={() => setChanging(true)}>
            Change the address
          </button>
        </div>
      )}
    </Section>
  );
}

function ChangeEmailForm({ onCancel, onSent }: { onCancel: () => void; onSent: (email: string) => void }) {
  const { client } = useWorkspace();
  const [email, setEmail] = useState("");
  const [currentPassword, setCurrentPassword] = useState("");
  const send = async (): Promise<void> => {
    await client.call(changeEmail, { body: { email, currentPassword } });
    onSent(email);
  };
  return (
    <Form
      action="Send a mail to the new address"
      onSubmit={send}
      buttons={
        <button type="button" class="button" onClick={onCancel}>
          Cancel
        </button>
      }
    >
      {(errorOf) => (
        <>
          <TextField
            label="New e-mail address"
            type="email"
            value={email}
            onValue={setEmail}
            error={errorOf("email")}
            required
            autoFocus
            autocomplete="email"
          />
          <PasswordField
            label="Your password"
            kind="current"
            value={currentPassword}
            onValue={setCurrentPassword}
            error={errorOf("currentPassword")}
          />
        </>
      )}
    </Form>
  );
}
