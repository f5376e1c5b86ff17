import { useState } from "preact/hooks";
import {
  type Channel,
  type ChannelChange,
  type PostingPolicy,
  updateChannel,
} from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { Select, TextArea, TextField } from "../../ui/field.tsx";
import { FormDialog } from "../../ui/form-dialog.tsx";

const policies: readonly { value: PostingPolicy; label: string }[] = [
  { value: "everyone", label: "All members" },
  { value: "moderators", label: "Only moderators, owners and admins" },
];

/** Changes the name, topic, description and posting policy of a channel. */
export function EditChannelDialog({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const { client, channels } = useWorkspace();
  const [name, setName] = useState(channel.name ?? "");
  const [topic, setTopic] = useState(channel.topic);
  const [description, setDescription] = useState(channel.description);
  const [postingPolicy, setPostingPolicy] = useState(channel.postingPolicy ?? "everyone");
  const save = async (): Promise<void> => {
    const changed = name.trim().replace(/^#/, "");
    // Only what was changed here is sent, so that it does not undo another user's change of the other fields.
    const body: ChannelChange = {
      ...(changed !== channel.name && { name: changed }),
      ...(topic !== channel.topic && { topic }),
      ...(description !== channel.description && { description }),
      ...(postingPolicy !== (channel.postingPolicy ?? "everyone") && { postingPolicy }),
    };
    if (Object.keys(body).length === 0) return;
    channels.put(await client.call(updateChannel, { params: { channelId: channel.id }, body }));
  };
  return (
    <FormDialog
      title="Edit the channel"
      action="Save"
      isDisabled={name.trim() === ""}
      onSubmit={save}
      onClose={onClose}
    >
      {({ errorOf }) => (
        <>
          <TextField
            label="Name"
            required
            autocomplete="off"
            maxLength={80}
            value={name}
            onValue={setName}
            error={errorOf("name")}
          />
          <TextField
            label="Topic"
            hint="Shown beside the name."
            autocomplete="off"
            maxLength={250}
            value={topic}
            onValue={setTopic}
            error={errorOf("topic")}
          />
          <TextArea
            label="Description"
            rows={3}
            maxLength={1_000}
            value={description}
            onValue={setDescription}
            error={errorOf("description")}
          />
          <Select
            label="Who may post"
            hint="All members may react, pin and follow threads in any case."
            value={postingPolicy}
            options={policies}
            onValue={setPostingPolicy}
          />
        </>
      )}
    </FormDialog>
  );
}
