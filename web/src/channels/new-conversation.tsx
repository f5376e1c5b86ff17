import { useState } from "preact/hooks";
import { limits } from "../../../src/client/index.ts";
import { useWorkspace } from "../state/context.ts";
import { UserPicker } from "../ui/pickers/user-picker.tsx";
import { FormDialog } from "../ui/form-dialog.tsx";
import { openConversation } from "./open-conversation.ts";

/** Opens the conversation with one person or several. The same people always have the same conversation. */
export function NewConversation({ onClose }: { onClose: () => void }) {
  const workspace = useWorkspace();
  const [people, setPeople] = useState<readonly string[]>([]);
  return (
    <FormDialog
      title="New conversation"
      action={people.length === 0 ? "Open my notes" : "Open"}
      onSubmit={() => openConversation(workspace, people)}
      onClose={onClose}
    >
      {({ errorOf }) => (
        <UserPicker
          label="With"
          hint={`Up to ${limits.dmOthers} people. With no one chosen, it opens your own notes.`}
          value={people}
          onChange={setPeople}
          max={limits.dmOthers}
          accepts={({ id, active }) => active && id !== workspace.me.value.id}
          error={errorOf("userIds")}
        />
      )}
    </FormDialog>
  );
}
