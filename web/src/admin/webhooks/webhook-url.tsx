import { webhookExample } from "../forms/examples.ts";
import { SecretDialog } from "../forms/secret-dialog.tsx";

/** Shows the URL of a webhook, which contains its secret. */
export const WebhookUrl = ({ webhookUrl, onClose }: { webhookUrl: string; onClose: () => void }) => (
  <SecretDialog
    title="URL of the webhook"
    label="URL"
    secret={webhookUrl}
    example={webhookExample(webhookUrl)}
    onClose={onClose}
  >
    <p>Anyone who has the URL can post with it. Keep it as you keep a password.</p>
  </SecretDialog>
);
