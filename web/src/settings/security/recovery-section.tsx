import { createRecoveryCodes } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { ActionButton } from "../../ui/action-button.tsx";
import { confirm } from "../../ui/dialog.tsx";
import { Section } from "../section.tsx";
import { withRecentLogin } from "../../second-factor/recent-login.tsx";
import { showRecoveryCodes } from "./recovery-codes-dialog.tsx";

/** The codes that replace a lost second factor. */
export function RecoverySection({ unused, onChange }: { unused: number; onChange: () => void }) {
  const workspace = useWorkspace();
  const replace = async (): Promise<void> => {
    const isConfirmed = await confirm({
      title: "Make new recovery codes?",
      text: "The present codes stop working.",
      action: "Make new codes",
    });
    if (!isConfirmed) return;
    const created = await withRecentLogin(workspace, () =>
      workspace.client.call(createRecoveryCodes, { body: {} }),
    );
    if (!created) return;
    await showRecoveryCodes(created.recoveryCodes);
    onChange();
  };
  return (
    <Section
      title="Recovery codes"
      description="If you lose your device, each code replaces the second factor once."
    >
      <div class="row wrap">
        <span class="grow">
          {unused === 1 ? "One code is left." : `${unused === 0 ? "No" : unused} codes are left.`}
        </span>
        <ActionButton onAction={replace}>Make new codes</ActionButton>
      </div>
    </Section>
  );
}
