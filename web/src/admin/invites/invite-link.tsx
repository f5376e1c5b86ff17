import type { Invite } from "../../../../src/client/index.ts";
import { dateTime } from "../../ui/time.tsx";
import { SecretDialog } from "../forms/secret-dialog.tsx";

/** Shows the link of a new invite. */
export const InviteLink = ({
  invite: { email, expiresAt, maxUses },
  url,
  sendsMail,
  onClose,
}: {
  invite: Invite;
  url: string;
  sendsMail: boolean;
  onClose: () => void;
}) => (
  <SecretDialog title="Invite created" label="Link" secret={url} onClose={onClose}>
    <p>
      {email === null
        ? `It can be used ${maxUses === 1 ? "once" : `${maxUses} times`}, until ${dateTime(expiresAt)}.`
        : `Only ${email} can register with it, until ${dateTime(expiresAt)}.`}
    </p>
    {email !== null && sendsMail && <p>The server has sent the link to this address.</p>}
  </SecretDialog>
);
