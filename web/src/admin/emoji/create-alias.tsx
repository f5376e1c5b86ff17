import { useState } from "preact/hooks";
import { createEmoji } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { FormDialog } from "../forms/form-dialog.tsx";
import { useSubmit } from "../forms/use-submit.ts";
import { EmojiNameField, withoutColons } from "./emoji-name-field.tsx";

interface CreateAliasProps {
  /** The emoji that gets another name. */
  aliasOf: string;
  onCreated: () => void;
  onClose: () => void;
}

/** The form of another name of an emoji. */
export function CreateAlias({ aliasOf, onCreated, onClose }: CreateAliasProps) {
  const { client } = useWorkspace();
  const [name, setName] = useState("");
  const submission = useSubmit(["name"]);
  const create = async (): Promise<void> => {
    await client.call(createEmoji, { body: { name: withoutColons(name), aliasOf } });
    onCreated();
    onClose();
  };
  return (
    <FormDialog
      title={`Another name of :${aliasOf}:`}
      action="Add"
      submission={submission}
      onSubmit={create}
      onClose={onClose}
    >
      <EmojiNameField value={name} onValue={setName} error={submission.errorOf("name")} />
    </FormDialog>
  );
}
