import { useState } from "preact/hooks";
import { type NotificationLevel, setNotificationLevel } from "../../../../src/client/index.ts";
import type { ChannelState } from "../../state/channel.ts";
import { useWorkspace } from "../../state/context.ts";
import { UserName } from "../../ui/avatar.tsx";
import { Select } from "../../ui/field.tsx";
import { Icon } from "../../ui/icon.tsx";
import { showError } from "../../ui/toasts.tsx";
import { Time } from "../../ui/time.tsx";
import { ChannelLifecycle } from "./channel-lifecycle.tsx";
import { EditChannelDialog } from "./edit-channel-dialog.tsx";
import type { ChannelMembers } from "./use-channel-members.ts";

const typeTexts = {
  public: "Public: everybody in the workspace can read and join it",
  private: "Private: only its members can find and read it",
  direct: "A conversation of two people",
  group: "A conversation of several people",
} as const;

/** What a channel is, and its settings. */
export function AboutTab({ state, members }: { state: ChannelState; members: ChannelMembers }) {
  const [isEditing, setEditing] = useState(false);
  const { topic, description, type, createdBy, createdAt, archivedAt, postingPolicy } = state.channel.value;
  const isNamed = !state.isDirect.value;
  return (
    <div class="stack">
      {archivedAt !== null && (
        <p class="notice">
          Archived <Time at={archivedAt} format="full" />. It can be read and searched, but no new messages
          can be posted.
        </p>
      )}
      <dl class="facts">
        {isNamed && (
          <>
            <Fact term="Topic" text={topic} />
            <Fact term="Description" text={description} />
          </>
        )}
        <Fact term="Kind" text={typeTexts[type]} />
        {isNamed && (
          <Fact
            term="Who may post"
            text={postingPolicy === "moderators" ? "Only moderators, owners and admins" : "All members"}
          />
        )}
        <div>
          <dt>Created</dt>
          <dd>
            <Time at={createdAt} format="full" /> by <UserName userId={createdBy} />
          </dd>
        </div>
      </dl>
      {isNamed && archivedAt === null && members.may("update") && (
        <div>
          <button type="button" class="button" onClick={() => setEditing(true)}>
            <Icon name="edit" /> Edit
          </button>
        </div>
      )}
      <LevelField state={state} />
      {isNamed && <ChannelLifecycle state={state} members={members} />}
      {isEditing && <EditChannelDialog channel={state.channel.value} onClose={() => setEditing(false)} />}
    </div>
  );
}

const Fact = ({ term, text }: { term: string; text: string }) => (
  <div>
    <dt>{term}</dt>
    <dd dir="auto">{text === "" ? <span class="muted">none</span> : text}</dd>
  </div>
);

const levels: readonly { value: NotificationLevel; label: string }[] = [
  { value: "all", label: "Of every message" },
  { value: "mentions", label: "Of mentions and thread replies" },
  { value: "none", label: "Of nothing" },
];

function LevelField({ state }: { state: ChannelState }) {
  const { client } = useWorkspace();
  const [isBusy, setBusy] = useState(false);
  const change = async (level: NotificationLevel): Promise<void> => {
    setBusy(true);
    try {
      const params = { channelId: state.id };
      state.level.value = (await client.call(setNotificationLevel, { params, body: { level } })).level;
    } catch (error) {
      showError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Select
      label="Notify me"
      value={state.level.value}
      options={levels}
      isDisabled={isBusy}
      onValue={(level) => void change(level)}
    />
  );
}
