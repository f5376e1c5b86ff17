import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useId } from "../../lib/use-id.ts";
import { confirm, Dialog } from "../../ui/dialog.tsx";
import { CopyButton } from "./copy-button.tsx";

interface SecretDialogProps {
  title: string;
  /** What the secret is, such as "Token". */
  label: string;
  secret: string;
  /** What to do with it. */
  children?: ComponentChildren;
  /** A command that uses it. */
  example?: string;
  onClose: () => void;
}

/** Shows a secret that the server returns once. Closing it before the secret was copied asks first. */
export function SecretDialog({ title, label, secret, children, example, onClose }: SecretDialogProps) {
  const id = useId();
  const [isCopied, setCopied] = useState(false);
  const close = async (): Promise<void> => {
    const mayClose =
      isCopied ||
      (await confirm({
        title: "Close without copying?",
        text: "It can't be shown again. If you did not store it, you have to create another one.",
        action: "Close",
      }));
    if (mayClose) onClose();
  };
  const footer = (
    <button type="button" class="button primary" onClick={() => void close()}>
      Done
    </button>
  );
  return (
    <Dialog title={title} onClose={() => void close()} footer={footer}>
      <div class="stack">
        <p class="notice warning">Copy it now: it is shown only here and can't be read again.</p>
        <div class="field">
          <label for={id}>{label}</label>
          <input
            id={id}
            class="input mono"
            readOnly
            value={secret}
            onFocus={(event) => event.currentTarget.select()}
            onCopy={() => setCopied(true)}
          />
        </div>
        <div>
          <CopyButton text={secret} onCopied={() => setCopied(true)} />
        </div>
        {children}
        {example !== undefined && <Example text={example} />}
      </div>
    </Dialog>
  );
}

/** A command for a shell. */
const Example = ({ text }: { text: string }) => (
  <div class="stack">
    <h3>Try it</h3>
    <pre class="code-block" tabIndex={0} aria-label="Example">
      {text}
    </pre>
    <div>
      <CopyButton text={text} />
    </div>
  </div>
);
