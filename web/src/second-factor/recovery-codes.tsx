import { useState } from "preact/hooks";
import { ActionButton } from "../ui/action-button.tsx";
import { Check } from "../ui/field.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Icon } from "../ui/icon.tsx";

interface RecoveryCodesProps {
  codes: readonly string[];
  onDone: () => unknown;
}

/** Shows new recovery codes, which the server never shows again. */
export function RecoveryCodes({ codes, onDone }: RecoveryCodesProps) {
  const [isStored, setStored] = useState(false);
  const text = codes.join("\n");
  return (
    <div class="stack">
      <p>
        Store these recovery codes in a safe place, for example in a password manager. If you lose your
        device, each of them replaces the second factor once. They are not shown again.
      </p>
      <ul class="recovery-codes" aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div class="row wrap">
        <CopyButton text={text} />
        <a
          class="button"
          download="parley-recovery-codes.txt"
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(`${text}\n`)}`}
        >
          <Icon name="download" />
          Download
        </a>
      </div>
      <Check label="I have stored the codes" isChecked={isStored} onChange={setStored} />
      <div class="row">
        <ActionButton class="primary" isDisabled={!isStored} onAction={async () => onDone()}>
          Done
        </ActionButton>
      </div>
    </div>
  );
}
