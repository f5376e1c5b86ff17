import { useState } from "preact/hooks";
import { Icon } from "../../ui/icon.tsx";
import { showToast } from "../../ui/toasts.tsx";

/** A button that copies a text. `onCopied` is called when the text is in the clipboard. */
export function CopyButton({ text, onCopied }: { text: string; onCopied?: () => void }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      onCopied?.();
    } catch {
      showToast("The browser does not permit copying. Select the text and copy it.", { isError: true });
    }
  };
  return (
    <>
      <button type="button" class="button" onClick={() => void copy()}>
        <Icon name={isCopied ? "check" : "copy"} />
        {isCopied ? "Copied" : "Copy"}
      </button>
      <span class="visually-hidden" role="status">
        {isCopied && "Copied"}
      </span>
    </>
  );
}
