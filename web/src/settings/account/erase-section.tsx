import { useState } from "preact/hooks";
import { type EraseMessages, eraseUser } from "../../../../src/client/index.ts";
import { paths } from "../../router.ts";
import { logOut } from "../../session.ts";
import { useWorkspace } from "../../state/context.ts";
import type { Workspace } from "../../state/workspace.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Choice, TextField } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Section } from "../section.tsx";
import { withRecentLogin } from "../../second-factor/recent-login.tsx";

/** Erases the account of the user. */
export function EraseSection() {
  const workspace = useWorkspace();
  const [isOpen, setOpen] = useState(false);
  if (workspace.me.value.role === "owner")
    return (
      <Section title="Erase your account">
        <p>
          You own this workspace. <a href={paths.admin("people")}>Transfer the ownership</a> to another member
          before you erase your account.
        </p>
      </Section>
    );
  return (
    <Section
      title="Erase your account"
      description="Deletes your name, address, picture and settings for good, and ends all your sessions."
    >
      <div class="row">
        <button type="button" class="button danger" onClick={() => setOpen(true)}>
          Erase my account …
        </button>
      </div>
      {isOpen && <EraseDialog workspace={workspace} onClose={() => setOpen(false)} />}
    </Section>
  );
}

function EraseDialog({ workspace, onClose }: { workspace: Workspace; onClose: () => void }) {
  const { client, me } = workspace;
  const { id: userId, username } = me.value;
  const [messages, setMessages] = useState<EraseMessages>("keep");
  const [typed, setTyped] = useState("");
  const erase = async (): Promise<void> => {
    const begun = await withRecentLogin(workspace, () =>
      client.call(eraseUser, { params: { userId }, body: { messages } }),
    );
    if (!begun) return;
    onClose();
    await logOut({ reason: "Your account is being erased. This takes some minutes." });
  };
  return (
    <Dialog title="Erase your account?" onClose={onClose}>
      <Form
        action="Erase my account"
        isDanger
        isDisabled={typed.trim() !== username}
        onSubmit={erase}
        buttons={
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
        }
      >
        {() => (
          <>
            <p>This can’t be undone. Export your data first if you want to keep them.</p>
            <Choice
              label="Your messages"
              value={messages}
              onValue={setMessages}
              options={[
                {
                  value: "keep",
                  label: "Keep them",
                  hint: "They stay in their channels, as those of a deleted user.",
                },
                {
                  value: "delete",
                  label: "Delete them",
                  hint: "All your messages and replies, with their files, in all channels.",
                },
              ]}
            />
            <TextField
              label={`Type your username, ${username}, to confirm`}
              value={typed}
              onValue={setTyped}
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
            />
          </>
        )}
      </Form>
    </Dialog>
  );
}
