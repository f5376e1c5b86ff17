import { useState } from "preact/hooks";
import type { AnswerSecondFactorBody, MfaChallenge } from "../../../src/client/index.ts";
import { ActionButton } from "../ui/action-button.tsx";
import { TextField } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { showToast } from "../ui/toasts.tsx";
import { supportsPasskeys, signWithPasskey } from "./webauthn.ts";

interface SecondFactorStepProps {
  challenge: MfaChallenge;
  /** Sends an answer. A wrong one is rejected, and the user can correct it. */
  onAnswer: (answer: AnswerSecondFactorBody) => Promise<unknown>;
  /** Returns to the step before, if there is one. */
  onCancel?: () => void;
}

type Method = MfaChallenge["methods"][number];

const fields = {
  totp: {
    label: "Code of your authenticator app",
    hint: "6 digits. A new one appears every 30 seconds.",
    other: "Use the authenticator app",
  },
  recovery: {
    label: "Recovery code",
    hint: "One of the codes that you stored when you set up the second factor. Each works once.",
    other: "Use a recovery code",
  },
} as const;

/** Asks for the second factor of a login: a code, or a passkey. A wrong code can be corrected. */
export function SecondFactorStep({ challenge, onAnswer, onCancel }: SecondFactorStepProps) {
  const { token, methods, passkeyOptions } = challenge;
  const codes = methods.filter((method): method is Exclude<Method, "passkey"> => method !== "passkey");
  const canUsePasskey = passkeyOptions !== undefined && supportsPasskeys;
  const [method, setMethod] = useState(codes.find((each) => each === "totp" || !canUsePasskey));
  const [code, setCode] = useState("");

  const answerWithPasskey = async (): Promise<void> => {
    const assertion = passkeyOptions && (await signWithPasskey(passkeyOptions));
    if (assertion) await onAnswer({ token, method: "passkey", assertion });
    else showToast("The passkey was not used", { isError: true });
  };
  const cancel = onCancel && (
    <button type="button" class="button plain" onClick={onCancel}>
      Cancel
    </button>
  );
  return (
    <div class="stack">
      {passkeyOptions && (
        <ActionButton
          class={method === "totp" ? "" : "primary"}
          isDisabled={!canUsePasskey}
          onAction={answerWithPasskey}
        >
          Use a passkey
        </ActionButton>
      )}
      {passkeyOptions && !supportsPasskeys && (
        <p class="muted small">This browser does not support passkeys.</p>
      )}
      {method ? (
        <Form
          key={method}
          action="Continue"
          onSubmit={() => onAnswer({ token, method, code })}
          buttons={cancel}
        >
          {(errorOf) => (
            <TextField
              label={fields[method].label}
              hint={fields[method].hint}
              error={errorOf("code")}
              name="code"
              value={code}
              onValue={setCode}
              required
              autoFocus
              autocomplete={method === "totp" ? "one-time-code" : "off"}
              autocapitalize="none"
              spellcheck={false}
              {...(method === "totp" && { inputMode: "numeric" as const })}
            />
          )}
        </Form>
      ) : (
        cancel && <div class="row">{cancel}</div>
      )}
      {codes
        .filter((other) => other !== method)
        .map((other) => (
          <button
            key={other}
            type="button"
            class="button plain"
            onClick={() => {
              setMethod(other);
              setCode("");
            }}
          >
            {fields[other].other}
          </button>
        ))}
    </div>
  );
}
