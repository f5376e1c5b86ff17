import { RecoveryCodes } from "../../second-factor/recovery-codes.tsx";
import { confirm, Dialog, openDialog } from "../../ui/dialog.tsx";

/** Shows new recovery codes until the user has stored them. */
export async function showRecoveryCodes(codes: readonly string[]): Promise<void> {
  await openDialog((close) => (
    <Dialog title="Recovery codes" onClose={() => void confirmClosing().then((isSure) => isSure && close())}>
      <RecoveryCodes codes={codes} onDone={() => close()} />
    </Dialog>
  ));
}

const confirmClosing = (): Promise<boolean> =>
  confirm({
    title: "Close without storing the codes?",
    text: "They are not shown again. You can replace them by new ones.",
    action: "Close",
  });
