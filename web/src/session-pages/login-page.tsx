import { useEffect } from "preact/hooks";
import {
  getLoginProviders,
  getRegistration,
  type GetLoginProvidersResponse,
  type Registration,
} from "../../../src/client/index.ts";
import { client } from "../client.ts";
import { navigate, nextPath } from "../router.ts";
import { supportsPasskeys } from "../second-factor/webauthn.ts";
import { session } from "../session.ts";
import { Load, Spinner } from "../ui/states.tsx";
import { useLoad } from "../ui/use-load.ts";
import { PasskeyButton } from "./passkey-button.tsx";
import { PasswordLogin } from "./password-login.tsx";
import { ProviderButtons } from "./provider-buttons.tsx";
import { SessionLayout, SessionLink } from "./session-layout.tsx";
import { useLogin } from "./use-login.tsx";

/** What the server offers to a user without a session. */
interface Offer {
  registration: Registration;
  providers: GetLoginProvidersResponse;
}

/** Logs in with a password, a passkey, or at a provider. */
export function LoginPage() {
  const current = session.value;
  const offer = useLoad(async (signal): Promise<Offer> => {
    const [registration, providers] = await Promise.all([
      client.call(getRegistration, { signal }),
      client.call(getLoginProviders, { signal }),
    ]);
    return { registration, providers };
  }, []);
  const { complete, secondFactor } = useLogin();
  const isOpen = current.state === "open";
  useEffect(() => {
    if (isOpen) navigate(nextPath(), { replace: true });
  }, [isOpen]);

  if (current.state === "open" || (current.state === "starting" && current.reason === undefined))
    return <Spinner />;
  if (secondFactor) return secondFactor;
  return (
    <SessionLayout title="Log in">
      {current.reason !== undefined && (
        <div class="notice warning row wrap" role="status">
          <span class="grow">{current.reason}</span>
        </div>
      )}
      <Load from={offer}>
        {({ registration, providers: { items: providers, passwordLogin } }) => (
          <>
            <ProviderButtons providers={providers} />
            {passwordLogin ? (
              <PasswordLogin onResult={complete} sendsMail={registration.sendsMail} />
            ) : (
              <details>
                <summary>Log in with the owner’s password</summary>
                <PasswordLogin onResult={complete} sendsMail={registration.sendsMail} />
              </details>
            )}
            {supportsPasskeys && <PasskeyButton onResult={complete} />}
            <RegistrationHint registration={registration} />
          </>
        )}
      </Load>
    </SessionLayout>
  );
}

function RegistrationHint({ registration: { mode } }: { registration: Registration }) {
  if (mode === "open" || mode === "domain")
    return (
      <p class="session-hint">
        No account yet? <SessionLink to="register">Register</SessionLink>
      </p>
    );
  return (
    <p class="session-hint muted">
      {mode === "invite"
        ? "No account yet? Open the link of your invite. Members of your team can send you one."
        : "New accounts can’t be registered here."}{" "}
      <SessionLink to="register">Set up a new server</SessionLink>
    </p>
  );
}
