import { useEffect, useState } from "preact/hooks";
import { Icon } from "./icon.tsx";
import { showToast } from "./toasts.tsx";

/** How long the button says that the text was copied, in ms. */
const shownMs = 2_000;

/** A button that copies a text. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setCopied(false), shownMs);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => showToast("The browser does not permit copying. Select the text instead.", { isError: true }),
    );
  };
  return (
    <button type="button" class="button" onClick={copy}>
      <Icon name={isCopied ? "check" : "copy"} />
      <span aria-live="polite">{isCopied ? "Copied" : label}</span>
    </button>
  );
}
