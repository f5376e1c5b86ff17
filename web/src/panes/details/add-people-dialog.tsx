import { useState } from "preact/hooks";
import { addPeople } from "../../channels/add-people.ts";
import { useWorkspace } from "../../state/context.ts";
import { FormDialog } from "../../ui/form-dialog.tsx";
import { UserPicker } from "../../ui/pickers/user-picker.tsx";
import { showToast } from "../../ui/toasts.tsx";

interface AddPeopleDialogProps {
  channelId: string;
  /** Users that are not offered, because they are members. */
  memberIds: readonly string[];
  onClose: () => void;
}

/** Users that are added at once. */
const maxPeople = 50;

/** Adds people to a channel. */
export function AddPeopleDialog({ channelId, memberIds, onClose }: AddPeopleDialogProps) {
  const workspace = useWorkspace();
  const [people, setPeople] = useState<readonly string[]>([]);
  const [done, setDone] = useState<number | undefined>();
  const add = async (): Promise<void> => {
    const { length } = await addPeople(workspace, channelId, people, setDone);
    if (length > 0) showToast(length === 1 ? "1 person was added" : `${length} people were added`);
  };
  return (
    <FormDialog
      title="Add people"
      action="Add"
      isDisabled={people.length === 0}
      onSubmit={add}
      onClose={onClose}
    >
      {() => (
        <>
          <UserPicker
            label="People"
            hint="They can read everything that was written in the channel."
            value={people}
            onChange={setPeople}
            max={maxPeople}
            accepts={({ id, active }) => active && !memberIds.includes(id)}
          />
          {done !== undefined && (
            <progress max={people.length} value={done} aria-label="People who were added" />
          )}
        </>
      )}
    </FormDialog>
  );
}
