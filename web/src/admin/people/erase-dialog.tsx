import { useState } from "preact/hooks";
import { type EraseMessages, eraseUser, type User } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { RadioGroup } from "../forms/choice-group.tsx";
import { TypedConfirm } from "../forms/typed-confirm.tsx";
import { trackJob } from "../jobs/tracked-jobs.ts";

/** Asks whether to keep the messages of an account, and starts its erasure. */
export function EraseDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const workspace = useWorkspace();
  const [messages, setMessages] = useState<EraseMessages>("keep");
  const erase = async (): Promise<void> => {
    const { job } = await workspace.client.call(eraseUser, {
      params: { userId: user.id },
      body: { messages },
    });
    trackJob(workspace, { job, title: `Erasing the account of ${user.displayName}` });
    onClose();
  };
  return (
    <TypedConfirm
      title={`Erase the account of ${user.displayName}?`}
      expected={user.username}
      action="Erase for good"
      onConfirm={erase}
      onClose={onClose}
    >
      <p>
        This can’t be undone. Name, e-mail address, password, picture and sessions are deleted, and the
        account can’t be reactivated. To lock somebody out for a time, suspend the account instead.
      </p>
      <RadioGroup
        legend="Messages"
        value={messages}
        onChange={setMessages}
        choices={[
          { value: "keep", label: "Keep them", hint: "as messages of a deleted user, with their files" },
          { value: "delete", label: "Delete them", hint: "in all channels, with replies and files" },
        ]}
      />
    </TypedConfirm>
  );
}
