import { useState } from "preact/hooks";
import { createChannel } from "../../../src/client/index.ts";
import { navigate, paths } from "../router.ts";
import { useWorkspace } from "../state/context.ts";
import { UserPicker } from "../ui/pickers/user-picker.tsx";
import { Check, TextArea, TextField } from "../ui/field.tsx";
import { FormDialog } from "../ui/form-dialog.tsx";
import { addPeople } from "./add-people.ts";

/** Users that can be added when the channel is created; later, any number. */
const maxPeople = 50;

/** Creates a channel, adds people to it, and goes to it. */
export function CreateChannel({ onClose }: { onClose: () => void }) {
  const workspace = useWorkspace();
  const { client, channels, me } = workspace;
  const [name, setName] = useState("");
  const [topic, setTopic] = useState("");
  const [description, setDescription] = useState("");
  const [isPrivate, setPrivate] = useState(false);
  const [people, setPeople] = useState<readonly string[]>([]);
  const [added, setAdded] = useState<number | undefined>();
  const create = async (): Promise<void> => {
    const channel = await client.call(createChannel, {
      body: { name: name.trim().replace(/^#/, ""), topic, description, isPrivate },
    });
    channels.put(channel);
    // The channel exists from here on: people who can't be added are reported, and can be added later.
    await addPeople(workspace, channel.id, people, setAdded);
    navigate(paths.channel(channel.id));
  };
  return (
    <FormDialog
      title="Create a channel"
      action="Create"
      isDisabled={name.trim() === ""}
      onSubmit={create}
      onClose={onClose}
    >
      {({ errorOf }) => (
        <>
          <TextField
            label="Name"
            hint="Up to 80 characters, such as “design” or “project-apollo”."
            required
            autoFocus
            autocomplete="off"
            maxLength={80}
            value={name}
            onValue={setName}
            error={errorOf("name")}
          />
          <TextField
            label="Topic (optional)"
            hint="Shown beside the name."
            autocomplete="off"
            maxLength={250}
            value={topic}
            onValue={setTopic}
            error={errorOf("topic")}
          />
          <TextArea
            label="Description (optional)"
            rows={2}
            maxLength={1_000}
            value={description}
            onValue={setDescription}
            error={errorOf("description")}
          />
          <Check
            label="Private"
            hint="Only members can find and read it. A private channel cannot become public again."
            isChecked={isPrivate}
            onChange={setPrivate}
          />
          <UserPicker
            label="Add people (optional)"
            value={people}
            onChange={setPeople}
            max={maxPeople}
            accepts={({ id, active }) => active && id !== me.value.id}
          />
          {added !== undefined && (
            <progress max={people.length} value={added} aria-label="People who were added" />
          )}
        </>
      )}
    </FormDialog>
  );
}
