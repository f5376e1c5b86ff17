import { useState } from "preact/hooks";
import { forgotPassword, getRegistration } from "../../../src/client/index.ts";
import { client } from "../client.ts";
import { TextField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { Load } from "../ui/states.tsx";
import { useLoad } from "../ui/use-load.ts";
import { LoginHint, SessionLayout, SessionLink } from "./session-layout.tsx";

/** Requests the mail that replaces a forgotten password. */
export function ForgotPasswordPage() {
  const registration = useLoad((signal) => client.call(getRegistration, { signal }), []);
  const [name, setName] = useState("");
  const [isSent, setSent] = useState(false);
  if (isSent)
    return (
      <SessionLayout title="Check your mail">
        <LoginHint>
          If there is an account of this name, a mail was sent to its address. Open its link within 30 minutes
          to set a new password.
        </LoginHint>
      </SessionLayout>
    );
  const send = async (): Promise<void> => {
    await client.call(forgotPassword, { body: { login: name } });
    setSent(true);
  };
  return (
    <SessionLayout title="Forgot your password?">
      <Load from={registration}>
        {({ sendsMail }) =>
          sendsMail ? (
            <Form
              action="Send a mail"
              onSubmit={send}
              buttons={<SessionLink to="login">Back to the login</SessionLink>}
            >
              {(errorOf) => (
                <TextField
                  label="Username or e-mail address"
                  hint="You get a mail with a link that sets a new password."
                  value={name}
                  onValue={setName}
                  error={errorOf("login")}
                  name="username"
                  required
                  autoFocus
                  autocomplete="username"
                  autocapitalize="none"
                  spellcheck={false}
                />
              )}
            </Form>
          ) : (
            <LoginHint>
              This server sends no mail, so a password can’t be replaced here. Ask the person who operates the
              server.
            </LoginHint>
          )
        }
      </Load>
    </SessionLayout>
  );
}
