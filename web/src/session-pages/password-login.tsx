import { useState } from "preact/hooks";
import { login, type LoginResult } from "../../../src/client/index.ts";
import { client } from "../client.ts";
import { TextField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { PasswordField } from "../ui/password-field.tsx";
import { SessionLink } from "./session-layout.tsx";

interface PasswordLoginProps {
  /** Called with the session, or with the challenge of an account with a second factor. */
  onResult: (result: LoginResult) => Promise<unknown>;
  /** Whether a forgotten password can be replaced by mail. */
  sendsMail: boolean;
}

/** The form for name and password. */
export function PasswordLogin({ onResult, sendsMail }: PasswordLoginProps) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const send = async (): Promise<void> => {
    await onResult(await client.call(login, { body: { login: name, password } }));
  };
  return (
    <Form
      action="Log in"
      onSubmit={send}
      buttons={sendsMail && <SessionLink to="forgot-password">Forgot your password?</SessionLink>}
    >
      {(errorOf) => (
        <>
          <TextField
            label="Username or e-mail address"
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
          <PasswordField
            label="Password"
            kind="current"
            value={password}
            onValue={setPassword}
            error={errorOf("password")}
          />
        </>
      )}
    </Form>
  );
}
