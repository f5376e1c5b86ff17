import type { LoginProvider } from "../../../src/client/index.ts";
import { ActionButton } from "../ui/action-button.tsx";
import { leaveForProvider } from "./provider-login.ts";

/** A button for each provider of single sign-on. */
export function ProviderButtons({ providers }: { providers: readonly LoginProvider[] }) {
  if (providers.length === 0) return null;
  return (
    <div class="stack">
      {providers.map(({ id, name }) => (
        <ActionButton key={id} onAction={() => leaveForProvider(id)}>
          <span dir="auto">Log in with {name}</span>
        </ActionButton>
      ))}
    </div>
  );
}
