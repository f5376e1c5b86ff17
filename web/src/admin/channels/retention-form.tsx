import { useState } from "preact/hooks";
import { getRetention, type Retention, updateRetention } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { confirm, Dialog } from "../../ui/dialog.tsx";
import { Check, TextField } from "../../ui/field.tsx";
import { Load } from "../../ui/states.tsx";
import { showToast } from "../../ui/toasts.tsx";
import { useLoad } from "../../ui/use-load.ts";
import { FormDialog } from "../forms/form-dialog.tsx";
import { useSubmit } from "../forms/use-submit.ts";

const title = "Retention and legal hold";

/** The form of a channel's retention period and legal hold. */
export function RetentionForm({ channelId, onClose }: { channelId: string; onClose: () => void }) {
  const { client } = useWorkspace();
  const retention = useLoad(
    (signal) => client.call(getRetention, { params: { channelId }, signal }),
    [channelId],
  );
  const { value } = retention;
  if (value) return <LoadedForm before={value} onClose={onClose} />;
  return (
    <Dialog title={title} onClose={onClose}>
      <Load from={retention}>{() => null}</Load>
    </Dialog>
  );
}

const maxDays = 36_500;

function LoadedForm({ before, onClose }: { before: Retention; onClose: () => void }) {
  const { client } = useWorkspace();
  const [days, setDays] = useState(before.days === null ? "" : String(before.days));
  const [legalHold, setLegalHold] = useState(before.legalHold);
  const submission = useSubmit(["days", "legalHold"]);
  const save = async (): Promise<void> => {
    const changedDays = days === "" ? null : Number(days);
    const endsHold = before.legalHold && !legalHold;
    if (endsHold && !(await confirm(endHold))) return;
    if (isShorter(changedDays, before) && !(await confirm(shorten(changedDays)))) return;
    await client.call(updateRetention, {
      params: { channelId: before.channelId },
      body: {
        ...(changedDays !== before.days && { days: changedDays }),
        ...(legalHold !== before.legalHold && { legalHold }),
      },
    });
    showToast("Retention saved");
    onClose();
  };
  return (
    <FormDialog title={title} action="Save" submission={submission} onSubmit={save} onClose={onClose}>
      <p>{effectText(before)}</p>
      <TextField
        label="Delete messages after (days)"
        hint="Leave it empty for the period of the workspace, which the operator sets."
        type="number"
        inputMode="numeric"
        min={1}
        max={maxDays}
        value={days}
        onValue={setDays}
        error={submission.errorOf("days")}
      />
      <Check
        label="Legal hold"
        hint="Nothing is deleted by age, the channel can’t be purged, and copies of deleted messages are kept for admins."
        isChecked={legalHold}
        onChange={setLegalHold}
      />
    </FormDialog>
  );
}

function effectText({ effectiveDays, legalHold }: Retention): string {
  if (legalHold) return "The channel is under a legal hold: nothing is deleted by age.";
  return effectiveDays === null
    ? "At present messages are kept without limit."
    : `At present messages are deleted after ${effectiveDays} days.`;
}

const isShorter = (days: number | null, { days: before, effectiveDays }: Retention): boolean =>
  days !== null && days !== before && (effectiveDays === null || days < effectiveDays);

const shorten = (days: number | null) => ({
  title: `Delete messages after ${days} days?`,
  text: "Older messages and their files are deleted for good, beginning within a few hours.",
  action: "Save",
  isDanger: true,
});

const endHold = {
  title: "End the legal hold?",
  text: "The copies of messages that were deleted during the hold are deleted for good, with their files.",
  action: "End the hold",
  isDanger: true,
};
