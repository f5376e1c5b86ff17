import { useEffect, useState } from "preact/hooks";
import { exchangeProviderCode } from "../../../src/client/index.ts";
import { client } from "../client.ts";
import { navigate, nextPath, paths } from "../router.ts";
import { Spinner } from "../ui/states.tsx";
import { errorText } from "../ui/toasts.tsx";
import { takeCodeVerifier } from "./provider-login.ts";
import { LoginHint, SessionLayout } from "./session-layout.tsx";
import { useFragment } from "./use-fragment.ts";
import { useLogin } from "./use-login.tsx";

/** Why a login at a provider failed, as docs/single-sign-on.md lists it. */
const failures: Record<string, string> = {
  access_denied: "The login was cancelled.",
  email_not_verified:
    "The provider has not verified your e-mail address. Verify it there, then log in again.",
  domain_not_allowed: "Addresses of your e-mail domain are not accepted here.",
  no_account: "There is no account for your address. Ask an administrator for an invite.",
  provider_unavailable: "The provider does not respond. Try again in a moment.",
  login_failed: "The provider’s answer was not valid. Try again, and ask an administrator if it fails again.",
};

/** Where a login provider returns to: exchanges the code in the fragment for a session. */
export function ProviderReturnPage() {
  const parameters = useFragment();
  const code = parameters.get("code");
  const error = parameters.get("error");
  const [failure, setFailure] = useState<string | null>(null);
  const { complete, secondFactor } = useLogin(() => navigate(paths.session("login", nextPath())));
  useEffect(() => {
    if (code === null) return;
    const codeVerifier = takeCodeVerifier();
    client
      .call(exchangeProviderCode, { body: { code, ...(codeVerifier !== undefined && { codeVerifier }) } })
      .then(complete)
      .catch((reason: unknown) => setFailure(errorText(reason)));
  }, [code]);

  if (secondFactor) return secondFactor;
  const problem = failure ?? (error !== null ? (failures[error] ?? failures["login_failed"]) : undefined);
  if (code !== null && problem === undefined)
    return (
      <SessionLayout title="Logging in">
        <Spinner label="Logging in" />
      </SessionLayout>
    );
  return (
    <SessionLayout title="The login did not succeed">
      <LoginHint>{problem ?? "The address has no login. Begin again."}</LoginHint>
    </SessionLayout>
  );
}
