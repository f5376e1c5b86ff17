import type { User } from "../../../../src/client/index.ts";
import { SecretDialog } from "../forms/secret-dialog.tsx";
import { tokenExample } from "../forms/examples.ts";

/** Shows the text of a new token of a bot. */
export const TokenSecret = ({ bot, secret, onClose }: { bot: User; secret: string; onClose: () => void }) => (
  <SecretDialog
    title={`Token of ${bot.displayName}`}
    label="Token"
    secret={secret}
    example={tokenExample(location.origin, secret)}
    onClose={onClose}
  >
    <p>The program sends it as the header “Authorization: Bearer …”. Keep it as you keep a password.</p>
  </SecretDialog>
);
