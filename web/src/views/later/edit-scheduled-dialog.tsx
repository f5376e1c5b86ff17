import { useState } from "preact/hooks";
import { limits, type ScheduledMessage, updateScheduledMessage } from "../../../../src/client/index.ts";
import { TimeChoice } from "../../later/time-choice.tsx";
import { type ChosenTime, localTimeText, resolveTime } from "../../later/time-presets.ts";
import { useWorkspace } from "../../state/context.ts";
import { TextArea } from "../../ui/field.tsx";
import { FormDialog } from "../../ui/form-dialog.tsx";

interface EditScheduledDialogProps {
  item: ScheduledMessage;
  onSaved: (changed: ScheduledMessage) => void;
  onClose: () => void;
}

/** Changes the text and the time of a scheduled message. */
export function EditScheduledDialog({ item, onSaved, onClose }: EditScheduledDialogProps) {
  const { client } = useWorkspace();
  const [content, setContent] = useState(item.content);
  const [time, setTime] = useState<ChosenTime>(() => ({
    key: "custom",
    custom: localTimeText(new Date(item.sendAt)),
  }));
  const isUnchangedTime = time.key === "custom" && time.custom === localTimeText(new Date(item.sendAt));
  const save = async (): Promise<void> => {
    const sendAt = resolveTime(time, new Date())?.toISOString();
    onSaved(
      await client.call(updateScheduledMessage, {
        params: { scheduledMessageId: item.id },
        body: {
          expectedRev: item.rev,
          ...(content !== item.content && { content }),
          ...(!isUnchangedTime && { sendAt }),
        },
      }),
    );
  };
  return (
    <FormDialog
      title="Change the message"
      action="Save"
      isDisabled={
        resolveTime(time, new Date()) === null || (content.trim() === "" && item.fileIds.length === 0)
      }
      onSubmit={save}
      onClose={onClose}
    >
      {({ errorOf }) => (
        <>
          <TextArea
            label="Text"
            rows={5}
            maxLength={limits.contentLength}
            value={content}
            onValue={setContent}
            error={errorOf("content")}
            autoFocus
          />
          <TimeChoice label="When" value={time} onValue={setTime} error={errorOf("sendAt")} />
        </>
      )}
    </FormDialog>
  );
}
