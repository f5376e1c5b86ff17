import { useState } from "preact/hooks";
import { createScheduledMessage } from "../../../src/client/index.ts";
import { useWorkspace } from "../state/context.ts";
import { FormDialog } from "../ui/form-dialog.tsx";
import { dateTime } from "../ui/time.tsx";
import { showToast } from "../ui/toasts.tsx";
import type { LaterMessage } from "./schedule.tsx";
import { TimeChoice } from "./time-choice.tsx";
import { type ChosenTime, localTimeText, resolveTime } from "./time-presets.ts";
import { uploadFiles } from "./upload-files.ts";

interface ScheduleDialogProps {
  message: LaterMessage;
  onScheduled: () => void;
  onClose: () => void;
}

/** Schedules a message. Its files are uploaded first, because they are part of what the server stores. */
export function ScheduleDialog({ message, onScheduled, onClose }: ScheduleDialogProps) {
  const { client } = useWorkspace();
  const { channelId, threadId, content } = message;
  const [files, setFiles] = useState(message.files);
  const [share, setShare] = useState<number | undefined>();
  const [time, setTime] = useState<ChosenTime>(() => ({
    key: "tomorrow",
    custom: localTimeText(new Date(Date.now() + 3_600_000)),
  }));
  const schedule = async (): Promise<void> => {
    const fileIds = await uploadFiles(client, files, { onProgress: setShare, onUploaded: setFiles }).finally(
      () => setShare(undefined),
    );
    const sendAt = resolveTime(time, new Date())?.toISOString();
    if (sendAt === undefined) return;
    const scheduled = await client.call(createScheduledMessage, {
      body: {
        channelId,
        content,
        sendAt,
        ...(threadId !== null && { threadId }),
        ...(fileIds.length > 0 && { fileIds }),
      },
    });
    onScheduled();
    showToast(`The message will be sent on ${dateTime(scheduled.sendAt)}`);
  };
  return (
    <FormDialog
      title="Send later"
      action="Schedule"
      isDisabled={resolveTime(time, new Date()) === null}
      onSubmit={schedule}
      onClose={onClose}
    >
      {({ errorOf, isBusy }) => (
        <>
          {content !== "" && (
            <blockquote class="card-text text" dir="auto">
              {content}
            </blockquote>
          )}
          {files.length > 0 && (
            <p class="muted small" dir="auto">
              With {files.map(({ name }) => name).join(", ")}
            </p>
          )}
          <TimeChoice label="When" value={time} onValue={setTime} error={errorOf("sendAt")} />
          {isBusy && share !== undefined && (
            <progress max={1} value={share} aria-label="Upload of the files" />
          )}
        </>
      )}
    </FormDialog>
  );
}
