import type { ErrorOf } from "../ui/form.tsx";
import { LoginHint, SessionLayout } from "./session-layout.tsx";

/** Shown where the address has no token, for example after a reload. */
export const IncompleteLink = () => (
  <SessionLayout title="The link is not complete">
    <LoginHint>Open the link of the mail again.</LoginHint>
  </SessionLayout>
);

/** Returns the notice that the server has rejected the token of the link; null if it has not. A form calls it, so that it does not show the problem too. */
export const linkError = (errorOf: ErrorOf) =>
  errorOf("token") === undefined ? null : (
    <div class="notice error" role="alert">
      The link was used before, or has expired. Request another mail.
    </div>
  );
