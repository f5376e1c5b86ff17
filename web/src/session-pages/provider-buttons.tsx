import type { LoginProvider } from "../../../src/client/index.ts";
import { ActionButton } from "../ui/action-button.tsx";
import { showToast } from "../ui/toasts.tsx";
import { leaveForProvider } from "./provider-login.ts";

/** A button for each provider of single sign-on. */
export function ProviderButtons({ providers }: { providers: readonly LoginProvider[] }) {
  if (providers.length === 0) return null;
  const leave = async ({ id, name }: LoginProvider): Promise<void> => {
    if (!(await leaveForProvider(id)))
      showToast(`${name} does not respond. Try again in a moment.`, { isError: true });
  };
  return (
    <div class="stack">
      {providers.map((provider) => (
        <ActionButton key={provider.id} onAction={() => leave(provider)}>
          <span dir="auto">Log in with {provider.name}</span>
        </ActionButton>
      ))}
    </div>
  );
}
