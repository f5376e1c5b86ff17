import {
  getPasskeys,
  getSecondFactors,
  type Passkey,
  type SecondFactors,
} from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { Load } from "../../ui/states.tsx";
import { useLoad } from "../../ui/use-load.ts";
import { AppSection } from "./app-section.tsx";
import { PasskeysSection } from "./passkeys-section.tsx";
import { RecoverySection } from "./recovery-section.tsx";
import { SessionsSection } from "./sessions-section.tsx";

interface Factors {
  factors: SecondFactors;
  passkeys: Passkey[];
}

/** Second factors and sessions. */
export function SecurityPage() {
  const { client } = useWorkspace();
  const loaded = useLoad(async (signal): Promise<Factors> => {
    const [factors, { items }] = await Promise.all([
      client.call(getSecondFactors, { signal }),
      client.call(getPasskeys, { signal }),
    ]);
    return { factors, passkeys: items };
  }, []);
  return (
    <>
      <Load from={loaded}>
        {({ factors, passkeys }) => (
          <>
            {factors.required && (
              <div class="notice">
                Your workspace requires a second factor: an authenticator app or a passkey.
              </div>
            )}
            <AppSection isEnabled={factors.totp} onChange={loaded.reload} />
            <PasskeysSection passkeys={passkeys} onChange={loaded.reload} />
            {(factors.totp || passkeys.length > 0) && (
              <RecoverySection unused={factors.recoveryCodes} onChange={loaded.reload} />
            )}
          </>
        )}
      </Load>
      <SessionsSection />
    </>
  );
}
