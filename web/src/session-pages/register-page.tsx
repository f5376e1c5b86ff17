import { useState } from "preact/hooks";
import { getRegistration, type Registration } from "../../../src/client/index.ts";
import { client } from "../client.ts";
import { Load } from "../ui/states.tsx";
import { useLoad } from "../ui/use-load.ts";
import { MailSent } from "./mail-sent.tsx";
import { RegistrationForm } from "./registration-form.tsx";
import { SessionLayout, SessionLink } from "./session-layout.tsx";

/** Registers an account without an invite, where the server permits it, or the first account of a new server. */
export function RegisterPage() {
  const registration = useLoad((signal) => client.call(getRegistration, { signal }), []);
  const [isSetup, setSetup] = useState(false);
  const [mailedTo, setMailedTo] = useState<string | null>(null);
  if (mailedTo !== null)
    return (
      <SessionLayout title="Check your mail">
        <MailSent email={mailedTo} />
      </SessionLayout>
    );
  return (
    <SessionLayout title={isSetup ? "Set up the server" : "Register"}>
      <Load from={registration}>
        {(loaded) => (
          <>
            {isSetup || isOpen(loaded) ? (
              <RegistrationForm
                isSetup={isSetup}
                {...(loaded.mode === "domain" && {
                  emailHint: `An address of ${loaded.domains.join(" or ")}`,
                })}
                onMailSent={setMailedTo}
              />
            ) : (
              <p>
                {loaded.mode === "invite"
                  ? "An account needs an invite. Open the link of yours; members of your team can send you one."
                  : "New accounts can’t be registered on this server."}
              </p>
            )}
            <p class="session-hint">
              Have you got an account? <SessionLink to="login">Log in</SessionLink>
            </p>
            <p class="session-hint muted">
              <button type="button" class="link-button" onClick={() => setSetup(!isSetup)}>
                {isSetup ? "Register without a setup token" : "Set up a new server with its setup token"}
              </button>
            </p>
          </>
        )}
      </Load>
    </SessionLayout>
  );
}

const isOpen = ({ mode }: Registration): boolean => mode === "open" || mode === "domain";
