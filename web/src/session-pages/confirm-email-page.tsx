import { useState } from "preact/hooks";
import { confirmEmail } from "../../../src/client/index.ts";
import { client } from "../client.ts";
import { paths } from "../router.ts";
import { session } from "../session.ts";
import { Form } from "../ui/form.tsx";
import { IncompleteLink, linkError } from "./mail-link.tsx";
import { LoginHint, SessionLayout } from "./session-layout.tsx";
import { useFragment } from "./use-fragment.ts";

/** Where the mail that confirms an address leads. It needs a press of the button, because mail scanners open links. */
export function ConfirmEmailPage() {
  const token = useFragment().get("token");
  const [usedToken, setUsedToken] = useState<string | null>(null);
  if (token !== null && usedToken === token)
    return (
      <SessionLayout title="Your address is confirmed">
        {session.value.state === "open" ? (
          <a class="button primary" href={paths.home}>
            Go to your conversations
          </a>
        ) : (
          <LoginHint>You can log in now.</LoginHint>
        )}
      </SessionLayout>
    );
  if (token === null) return <IncompleteLink />;
  const send = async (): Promise<void> => {
    await client.call(confirmEmail, { body: { token } });
    setUsedToken(token);
  };
  return (
    <SessionLayout title="Confirm your e-mail address">
      <p>
        The mail was sent to this address because somebody entered it for an account. Confirm it if that was
        you.
      </p>
      <Form action="Confirm the address" onSubmit={send}>
        {linkError}
      </Form>
    </SessionLayout>
  );
}
