import { useState } from "preact/hooks";
import { ParleyError, type RegisterBody } from "../../../src/client/index.ts";
import { client } from "../client.ts";
import { beginSession } from "../session.ts";
import { TextField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { PasswordField } from "../ui/password-field.tsx";

interface RegistrationFormProps {
  inviteToken?: string;
  /** Which addresses are accepted. */
  emailHint?: string;
  /** Whether the first account of a new server is registered, which needs the setup token. */
  isSetup?: boolean;
  /** Called if the address must be confirmed by the link of a mail first. */
  onMailSent: (email: string) => void;
}

/** Registers an account. With a session in the answer, the user is logged in. */
export function RegistrationForm({
  inviteToken,
  emailHint,
  isSetup = false,
  onMailSent,
}: RegistrationFormProps) {
  const [email, setEmail] = useState("");
  const [username, setUsername] = useState("");
  const [displayName, setDisplayName] = useState("");
  const [password, setPassword] = useState("");
  const [setupToken, setSetupToken] = useState("");

  const send = async (): Promise<void> => {
    const body: RegisterBody = {
      ...{ email, username, password },
      ...(displayName.trim() !== "" && { displayName }),
      ...(inviteToken !== undefined && { inviteToken }),
      ...(isSetup && { setupToken }),
    };
    const me = await client.register(body).catch((error: unknown) => {
      if (error instanceof ParleyError && error.status === 202) return null;
      throw error;
    });
    if (me) await beginSession(me);
    else onMailSent(email);
  };
  return (
    <Form action="Register" onSubmit={send}>
      {(errorOf) => (
        <>
          {isSetup && (
            <TextField
              label="Setup token"
              hint="The secret SETUP_TOKEN of the deployment. The first account becomes the owner."
              value={setupToken}
              onValue={setSetupToken}
              error={errorOf("setupToken")}
              name="setup-token"
              autocomplete="off"
              spellcheck={false}
            />
          )}
          <TextField
            label="E-mail address"
            hint={emailHint}
            type="email"
            value={email}
            onValue={setEmail}
            error={errorOf("email")}
            name="email"
            required
            autoFocus
            autocomplete="email"
          />
          <TextField
            label="Username"
            hint="2 to 32 characters of a-z 0-9 . _ - Others mention you with it. It can’t be changed later."
            value={username}
            onValue={setUsername}
            error={errorOf("username")}
            name="username"
            required
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
          />
          <TextField
            label="Name"
            hint="Shown beside your messages. You can change it later."
            value={displayName}
            onValue={setDisplayName}
            error={errorOf("displayName")}
            name="name"
            maxLength={80}
            autocomplete="name"
            autocapitalize="words"
          />
          <PasswordField
            label="Password"
            kind="new"
            value={password}
            onValue={setPassword}
            error={errorOf("password")}
          />
        </>
      )}
    </Form>
  );
}
