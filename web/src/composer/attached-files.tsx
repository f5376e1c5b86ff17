import { useEffect, useState } from "preact/hooks";
import type { OutgoingFile } from "../state/database.ts";
import { sizeText } from "../messages/files.tsx";
import { Icon, IconButton } from "../ui/icon.tsx";

/** The files of a message that is being written. They are uploaded when it is sent. */
export function AttachedFiles({
  files,
  onChange,
}: {
  files: readonly OutgoingFile[];
  onChange: (files: OutgoingFile[]) => void;
}) {
  if (files.length === 0) return null;
  return (
    <ul class="attached-files" aria-label="Attached files">
      {files.map((file, at) => (
        <li key={at} class="file-link">
          <Preview file={file} />
          <span class="truncate" dir="auto">
            {file.name}
          </span>
          <span class="muted small">{sizeText(file.bytes?.size ?? file.uploaded?.sizeBytes ?? 0)}</span>
          <IconButton
            icon="close"
            label={`Remove ${file.name}`}
            onClick={() => onChange(files.filter((_, index) => index !== at))}
          />
        </li>
      ))}
    </ul>
  );
}

/** Shows an image that is not uploaded yet from its bytes. */
function Preview({ file: { bytes } }: { file: OutgoingFile }) {
  const [address, setAddress] = useState<string | undefined>();
  useEffect(() => {
    if (!bytes || !/^image\/(?:png|jpeg|gif|webp|avif)$/.test(bytes.type)) return undefined;
    const created = URL.createObjectURL(bytes);
    setAddress(created);
    return () => URL.revokeObjectURL(created);
  }, [bytes]);
  return address ? <img class="attached-preview" src={address} alt="" /> : <Icon name="file" />;
}
