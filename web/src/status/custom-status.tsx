import type { CustomStatus as Custom } from "../../../src/client/index.ts";
import { Emoji } from "../emoji/emoji.tsx";
import { useWorkspace } from "../state/context.ts";
import { dateTime } from "../ui/time.tsx";

/** The status that a user wrote; nothing if they have none, or if it has expired. */
export function CustomStatus({ userId }: { userId: string }) {
  const { presence } = useWorkspace();
  const { custom } = presence.of(userId).value;
  if (!custom || (custom.expiresAt !== undefined && Date.parse(custom.expiresAt) <= Date.now())) return null;
  const { emoji, text, expiresAt } = custom;
  return (
    <div class="row small muted" title={expiresAt && `Until ${dateTime(expiresAt)}`}>
      {emoji && <Emoji value={emoji} />}
      <span dir="auto">{text}</span>
    </div>
  );
}

/** A status in one line of text. */
export const StatusText = ({ custom: { emoji, text } }: { custom: Custom }) => (
  <>
    {emoji && <Emoji value={emoji} />} {text}
  </>
);
