import { useEffect, useRef, useState } from "preact/hooks";
import { useWorkspace } from "../../state/context.ts";
import { Icon } from "../../ui/icon.tsx";
import { showError, showToast } from "../../ui/toasts.tsx";
import { dateValueOf } from "../../ui/day.ts";
import { type AuditFilter, downloadAuditLog } from "./download-log.ts";
import { saveFile } from "./save-file.ts";

/** A button that downloads the entries of a filter, and shows how many were received. */
export function DownloadButton({ filter }: { filter: AuditFilter }) {
  const { client } = useWorkspace();
  const [count, setCount] = useState<number | null>(null);
  const running = useRef<AbortController | null>(null);
  // A download that is still running ends with the page.
  useEffect(() => () => running.current?.abort(), []);
  const download = async (): Promise<void> => {
    const controller = new AbortController();
    running.current = controller;
    setCount(0);
    try {
      const { signal } = controller;
      const blob = await downloadAuditLog(client, filter, { signal, onProgress: setCount });
      saveFile(blob, `audit-${dateValueOf(Date.now())}.jsonl`);
      showToast("Audit log downloaded");
    } catch (error) {
      if (!controller.signal.aborted) showError(error);
    } finally {
      setCount(null);
    }
  };
  if (count === null)
    return (
      <button type="button" class="button" onClick={() => void download()}>
        <Icon name="download" /> Download as JSON lines
      </button>
    );
  return (
    <>
      <span class="row" role="status">
        <span class="spinner small-spinner" aria-hidden="true" />
        {count.toLocaleString()} entries
      </span>
      <button type="button" class="button" onClick={() => running.current?.abort()}>
        Cancel
      </button>
    </>
  );
}
