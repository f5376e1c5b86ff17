import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

/** For so long the button states the result of copying. */
const resultMs = 2_000;

/** Shows a text as a block of code, with a button that copies it. */
export function CodeBlock({ title, text }: { title: string; text: string }): VNode {
  const [result, setResult] = useState("");
  useEffect(() => {
    if (!result) return undefined;
    const timer = setTimeout(() => setResult(""), resultMs);
    return () => clearTimeout(timer);
  }, [result]);
  const copy = async (): Promise<void> => setResult((await copyText(text)) ? "Copied" : "Copying failed");
  return (
    <div class="code-block">
      <div class="code-head">
        <span>{title}</span>
        <span role="status">{result}</span>
        <button type="button" aria-label={`Copy: ${title}`} onClick={() => void copy()}>
          Copy
        </button>
      </div>
      <pre class="code" tabIndex={0} role="group" aria-label={title}>
        <code>{text}</code>
      </pre>
    </div>
  );
}

/** Copies a text; false where the browser does not permit it, for example in an insecure context. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
