import { useEffect, useRef, useState } from "preact/hooks";
import { useId } from "../../lib/use-id.ts";
import { createEmoji, limits, type ParleyClient, ParleyError } from "../../../../src/client/index.ts";
import { upload } from "../../../../src/client/upload.ts";
import { sizeText } from "../../messages/files.tsx";
import { useWorkspace } from "../../state/context.ts";
import { FormDialog } from "../forms/form-dialog.tsx";
import { useSubmit } from "../forms/use-submit.ts";
import { emojiNameOf } from "./emoji-name.ts";
import { EmojiNameField, withoutColons } from "./emoji-name-field.tsx";

const types = ["image/png", "image/gif", "image/webp", "image/jpeg"];

/** The form of a new emoji: its image, as it will look in a message, and its name. */
export function UploadEmoji({ onCreated, onClose }: { onCreated: () => void; onClose: () => void }) {
  const { client } = useWorkspace();
  const [file, setFile] = useState<File | null>(null);
  const [name, setName] = useState("");
  const uploaded = useRef<{ file: File; fileId: string } | null>(null);
  const submission = useSubmit(["name", "fileId"]);
  const problem = file && problemOf(file);
  const choose = (chosen: File | null): void => {
    setFile(chosen);
    // A name that the user typed stays.
    const isSuggested = name === "" || (file !== null && name === emojiNameOf(file.name));
    if (chosen && isSuggested) setName(emojiNameOf(chosen.name));
  };
  const create = async (): Promise<void> => {
    if (!file) return;
    // The image is not sent again after the name was rejected.
    if (uploaded.current?.file !== file) uploaded.current = { file, fileId: await uploadImage(client, file) };
    const { fileId } = uploaded.current;
    await client.call(createEmoji, { body: { name: withoutColons(name), fileId } });
    onCreated();
    onClose();
  };
  return (
    <FormDialog
      title="Upload an emoji"
      action="Create"
      isIncomplete={file === null || problem !== null}
      submission={submission}
      onSubmit={create}
      onClose={onClose}
    >
      <ImageField file={file} onFile={choose} error={problem ?? submission.errorOf("fileId")} />
      <EmojiNameField value={name} onValue={setName} error={submission.errorOf("name")} />
    </FormDialog>
  );
}

/**
 * Uploads the image of an emoji.
 *
 * @returns the id of the file
 * @throws ParleyError `validation_failed` for the field of the image if the file has another format than its name says
 */
async function uploadImage(client: ParleyClient, file: File): Promise<string> {
  try {
    return (await upload(client, file)).id;
  } catch (error) {
    if (!(error instanceof ParleyError && error.code === "unsupported_media_type")) throw error;
    const detail = "The file is not an image of the format that its name says.";
    const issues = [{ path: "fileId", message: detail }];
    throw new ParleyError({ code: "validation_failed", detail, issues, cause: error });
  }
}

/** Returns why the server would reject a file; null if it can be sent. */
function problemOf({ type, size }: File): string | null {
  if (!types.includes(type)) return "Choose a PNG, GIF, WebP or JPEG image.";
  if (size > limits.emojiBytes) return `The image has ${sizeText(size)}. At most 256 KiB are accepted.`;
  return null;
}

/** The field for an image, with a preview in the sizes of a message and of a reaction. */
function ImageField({
  file,
  onFile,
  error,
}: {
  file: File | null;
  onFile: (file: File | null) => void;
  error: string | undefined;
}) {
  const id = useId();
  const [previewUrl, setPreviewUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!file || error !== undefined) return setPreviewUrl(null);
    const created = URL.createObjectURL(file);
    setPreviewUrl(created);
    return () => URL.revokeObjectURL(created);
  }, [file, error]);
  return (
    <div class="field">
      <label for={id}>Image</label>
      <input
        id={id}
        class="input"
        type="file"
        accept={types.join(",")}
        required
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-note`}
        // The event of a cancelled choice bubbles, and would close the dialog.
        onCancel={(event) => event.stopPropagation()}
        onChange={(event) => onFile(event.currentTarget.files?.[0] ?? null)}
      />
      <div id={`${id}-note`}>
        {error ? (
          <span class="error">{error}</span>
        ) : (
          <span class="hint">PNG, GIF, WebP or JPEG, at most 256 KiB and 1,024 × 1,024 pixels.</span>
        )}
      </div>
      {previewUrl !== null && (
        <div class="row emoji-previews">
          <img class="emoji-preview" src={previewUrl} alt="Preview" />
          <span>
            In a message: <img class="custom-emoji" src={previewUrl} alt="" />
          </span>
        </div>
      )}
    </div>
  );
}
