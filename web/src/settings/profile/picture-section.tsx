import { useEffect, useRef, useState } from "preact/hooks";
import { upload } from "../../../../src/client/upload.ts";
import { useWorkspace } from "../../state/context.ts";
import { ActionButton } from "../../ui/action-button.tsx";
import { Avatar } from "../../ui/avatar.tsx";
import { showToast } from "../../ui/toasts.tsx";
import { Section } from "../section.tsx";
import { saveProfile } from "./save-profile.ts";
import { squarePicture } from "./square-picture.ts";

/** The side of the preview, in CSS pixels. */
const previewSize = 96;

interface Preview {
  picture: Blob;
  /** An address of the bytes in this page. */
  url: string;
}

/** The profile picture: chosen, looked at, then uploaded. */
export function PictureSection() {
  const workspace = useWorkspace();
  const { id, avatarFileId } = workspace.me.value;
  const picker = useRef<HTMLInputElement>(null);
  const [preview, setPreview] = useState<Preview | null>(null);
  useEffect(() => () => URL.revokeObjectURL(preview?.url ?? ""), [preview]);

  const choose = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    const picture = await squarePicture(file);
    if (picture) setPreview({ picture, url: URL.createObjectURL(picture) });
    else showToast("This file is not an image that the browser can read", { isError: true });
  };
  const save = async ({ picture }: Preview): Promise<void> => {
    const name = `picture.${picture.type === "image/webp" ? "webp" : "png"}`;
    const file = await upload(workspace.client, picture, { name });
    await saveProfile(workspace, { avatarFileId: file.id });
    setPreview(null);
    showToast("Your picture was saved");
  };
  return (
    <Section title="Picture" description="Everybody in the workspace can see it.">
      <div class="row wrap picture-row">
        {preview ? (
          <img
            class="picture-preview"
            src={preview.url}
            alt="The new picture"
            width={previewSize}
            height={previewSize}
          />
        ) : (
          <Avatar userId={id} size={previewSize} />
        )}
        <input
          ref={picker}
          type="file"
          accept="image/*"
          hidden
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            event.currentTarget.value = "";
            void choose(file);
          }}
        />
        {preview ? (
          <>
            <ActionButton class="primary" onAction={() => save(preview)}>
              Use this picture
            </ActionButton>
            <button type="button" class="button" onClick={() => setPreview(null)}>
              Cancel
            </button>
          </>
        ) : (
          <>
            <button type="button" class="button" onClick={() => picker.current?.click()}>
              {avatarFileId === null ? "Choose a picture" : "Choose another picture"}
            </button>
            {avatarFileId !== null && (
              <ActionButton onAction={() => saveProfile(workspace, { avatarFileId: null })}>
                Remove the picture
              </ActionButton>
            )}
          </>
        )}
      </div>
    </Section>
  );
}
