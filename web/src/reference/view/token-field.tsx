import type { VNode } from "preact";
import { useId } from "../../lib/use-id.ts";

interface TokenFieldProps {
  /** Empty: requests use the session of the browser. */
  token: string;
  onChange: (token: string) => void;
}

/** The field for a token, which is kept in memory until the page is closed or reloaded. */
export function TokenField({ token, onChange }: TokenFieldProps): VNode {
  const id = useId();
  return (
    <details class="token">
      <summary>{token ? "Token: pasted" : "Token: browser session"}</summary>
      <div class="token-panel">
        <label for={id}>Access token</label>
        <input
          id={id}
          type="password"
          autocomplete="off"
          spellcheck={false}
          aria-describedby={`${id}-hint`}
          value={token}
          onInput={({ currentTarget }) => onChange(currentTarget.value.trim())}
        />
        <p id={`${id}-hint`} class="muted">
          The requests that you send from this page use it: an access token, a personal access token, a token
          of a bot, or a server key. It stays in the memory of this page and is gone after a reload. If the
          field is empty, requests use the session with which you are logged in here.
        </p>
        <button type="button" disabled={!token} onClick={() => onChange("")}>
          Remove the token
        </button>
      </div>
    </details>
  );
}
