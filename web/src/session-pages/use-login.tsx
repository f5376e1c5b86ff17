import type { ComponentChild } from "preact";
import { useState } from "preact/hooks";
import type { LoginResult, MfaChallenge } from "../../../src/client/index.ts";
import { client } from "../client.ts";
import { passSecondFactor } from "../second-factor/pass-second-factor.ts";
import { SecondFactorStep } from "../second-factor/second-factor-step.tsx";
import { beginSession } from "../session.ts";
import { SessionLayout } from "./session-layout.tsx";

interface Login {
  /** Begins the session of a login, or asks for the second factor first. */
  complete: (result: LoginResult) => Promise<void>;
  /** The page that asks for the second factor; null while none is needed. */
  secondFactor: ComponentChild;
}

/** Completes logins of any kind. `onCancel` is called if the user does not answer the question for the second factor. */
export function useLogin(onCancel?: () => void): Login {
  const [challenge, setChallenge] = useState<MfaChallenge | null>(null);
  const complete = async (result: LoginResult): Promise<void> => {
    if ("mfa" in result) return setChallenge(result.mfa);
    await client.useSession(result);
    await beginSession(result.user);
  };
  const cancel = (): void => {
    setChallenge(null);
    onCancel?.();
  };
  const secondFactor = challenge && (
    <SessionLayout title="Confirm that it is you">
      <SecondFactorStep
        challenge={challenge}
        onAnswer={async (answer) => beginSession(await passSecondFactor(answer))}
        onCancel={cancel}
      />
    </SessionLayout>
  );
  return { complete, secondFactor };
}
