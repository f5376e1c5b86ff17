import { useEffect } from "preact/hooks";
import {
  beginSecondFactor,
  getMe,
  getSecondFactors,
  type MfaChallenge,
  ParleyError,
  type SecondFactors,
} from "../../../src/client/index.ts";
import { client } from "../client.ts";
import { navigate, nextPath, paths } from "../router.ts";
import { passSecondFactor } from "../second-factor/pass-second-factor.ts";
import { SecondFactorStep } from "../second-factor/second-factor-step.tsx";
import { SetUpSecondFactor } from "../second-factor/set-up-second-factor.tsx";
import { beginSession, logOut, session } from "../session.ts";
import { ActionButton } from "../ui/action-button.tsx";
import { Load, Spinner } from "../ui/states.tsx";
import { useLoad } from "../ui/use-load.ts";
import { SessionLayout } from "./session-layout.tsx";

interface State {
  factors: SecondFactors;
  /** Present if the user has a second factor to pass. */
  challenge: MfaChallenge | null;
}

/** For a session that must pass a second factor before it can do anything else; a user without one sets it up here. */
export function SecondFactorPage() {
  const state = useLoad(async (signal): Promise<State> => {
    const factors = await client.call(getSecondFactors, { signal });
    const hasFactor = factors.totp || factors.passkeys > 0;
    const isMissing = factors.required && !factors.passed;
    const challenge = isMissing && hasFactor ? (await client.call(beginSecondFactor, { signal })).mfa : null;
    return { factors, challenge };
  }, []);
  const isNeeded = state.value === undefined || (state.value.factors.required && !state.value.factors.passed);
  const { error } = state;
  const hasNoSession = error instanceof ParleyError && error.code === "unauthenticated";
  useEffect(() => {
    if (!isNeeded) navigate(nextPath(), { replace: true });
    else if (hasNoSession) navigate(paths.session("login", nextPath()), { replace: true });
  }, [isNeeded, hasNoSession]);

  // The connection of a restored session is about to be closed, since it must pass the factor first.
  if (session.value.state === "starting" || session.value.state === "open" || !isNeeded) return <Spinner />;
  return (
    <SessionLayout title="Your workspace requires a second factor">
      <Load from={state}>
        {({ challenge }) =>
          challenge ? (
            <SecondFactorStep
              challenge={challenge}
              onAnswer={async (answer) => beginSession(await passSecondFactor(answer))}
            />
          ) : (
            <SetUpSecondFactor
              onDone={async () => beginSession(await client.call(getMe))}
              onLogInAgain={() => logOut()}
            />
          )
        }
      </Load>
      <ActionButton class="plain" onAction={() => logOut()}>
        Log out
      </ActionButton>
    </SessionLayout>
  );
}
