import { useState } from "preact/hooks";
import { createGroup, limits, updateGroup, type UserGroupWithMembers } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { TextArea, TextField } from "../../ui/field.tsx";
import { UserPicker } from "../../ui/pickers/user-picker.tsx";
import { FormDialog } from "../forms/form-dialog.tsx";
import { useSubmit } from "../forms/use-submit.ts";

interface GroupFormProps {
  /** The group to change; undefined for a new one. */
  group?: UserGroupWithMembers;
  onSaved: () => void;
  onClose: () => void;
}

/** The form of a user group. */
export function GroupForm({ group, onSaved, onClose }: GroupFormProps) {
  const { client } = useWorkspace();
  const [handle, setHandle] = useState(group?.handle ?? "");
  const [name, setName] = useState(group?.name ?? "");
  const [description, setDescription] = useState(group?.description ?? "");
  const [userIds, setUserIds] = useState(group?.userIds ?? []);
  const submission = useSubmit(["handle", "name", "description", "userIds"]);
  const save = async (): Promise<void> => {
    const body = { handle: handle.trim().replace(/^@/, ""), name: name.trim(), description, userIds };
    await (group
      ? client.call(updateGroup, { params: { groupId: group.id }, body })
      : client.call(createGroup, { body }));
    onSaved();
    onClose();
  };
  return (
    <FormDialog
      title={group ? `Change @${group.handle}` : "Create a user group"}
      action={group ? "Save" : "Create"}
      submission={submission}
      onSubmit={save}
      onClose={onClose}
    >
      <TextField
        label="Handle"
        hint="2 to 32 characters (a-z 0-9 . _ -), without the @."
        value={handle}
        onValue={setHandle}
        autocomplete="off"
        maxLength={33}
        required
        error={submission.errorOf("handle")}
      />
      <TextField
        label="Name"
        value={name}
        onValue={setName}
        maxLength={80}
        required
        error={submission.errorOf("name")}
      />
      <TextArea
        label="Description"
        value={description}
        onValue={setDescription}
        maxLength={250}
        rows={2}
        error={submission.errorOf("description")}
      />
      <UserPicker
        label="Members"
        max={limits.groupMembers}
        value={userIds}
        onChange={setUserIds}
        error={submission.errorOf("userIds")}
      />
    </FormDialog>
  );
}
