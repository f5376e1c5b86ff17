import { useState } from "preact/hooks";
import { confirmTotp, type CreateTotpResponse } from "../../../src/client/index.ts";
import { client } from "../client.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { TextField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { QrCode } from "./qr-code.tsx";

interface SetUpAppProps {
  /** What `createTotp` returned. */
  totp: CreateTotpResponse;
  /** Called with the recovery codes, once a code of the app was correct. */
  onEnabled: (recoveryCodes: string[]) => void;
}

/** Connects an authenticator app: shows the secret, and asks for a code of it. */
export function SetUpApp({ totp: { secret, uri }, onEnabled }: SetUpAppProps) {
  const [code, setCode] = useState("");
  const enable = async (): Promise<void> => {
    onEnabled((await client.call(confirmTotp, { body: { code: code.trim() } })).recoveryCodes);
  };
  return (
    <div class="stack">
      <p>
        Scan this code with an authenticator app, such as the one of your password manager. On this device you
        can <a href={uri}>open the app</a> instead.
      </p>
      <QrCode text={uri} label="QR code for the authenticator app" />
      <div class="field">
        <span class="label">Or type this key in the app</span>
        <div class="row">
          <code class="grow totp-secret">{grouped(secret)}</code>
          <CopyButton text={secret} />
        </div>
      </div>
      <Form action="Enable" onSubmit={enable}>
        {(errorOf) => (
          <TextField
            label="Code that the app shows"
            hint="6 digits"
            error={errorOf("code")}
            value={code}
            onValue={setCode}
            name="code"
            required
            inputMode="numeric"
            autocomplete="one-time-code"
          />
        )}
      </Form>
    </div>
  );
}

const grouped = (secret: string): string => secret.match(/.{1,4}/g)?.join(" ") ?? secret;
