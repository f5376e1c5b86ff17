import { canInstall, install } from "../../pwa/install.ts";
import { ActionButton } from "../../ui/action-button.tsx";
import { Section } from "../section.tsx";

/** Offers to install Parley as an application, where the browser can. */
export function InstallSection() {
  if (!canInstall.value) return null;
  return (
    <Section
      title="Install Parley"
      description="It gets a window and an icon of its own, with the number of mentions."
    >
      <div>
        <ActionButton onAction={install}>Install</ActionButton>
      </div>
    </Section>
  );
}
