import { LoginHint } from "./session-layout.tsx";

/** Says that the account exists once the link of a mail was opened. */
export const MailSent = ({ email }: { email: string }) => (
  <LoginHint>
    <p>
      A mail was sent to <strong dir="auto">{email}</strong>. Open its link within 24 hours to confirm the
      address, then log in.
    </p>
    <p class="muted">
      No mail? Look into the spam folder, or register again with the same username and address.
    </p>
  </LoginHint>
);
