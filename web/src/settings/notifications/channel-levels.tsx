import { useState } from "preact/hooks";
import { type NotificationLevel, setNotificationLevel } from "../../../../src/client/index.ts";
import { channelName } from "../../channels/channel-name.ts";
import { paths } from "../../router.ts";
import type { ChannelState } from "../../state/channel.ts";
import { useWorkspace } from "../../state/context.ts";
import { Select, TextField } from "../../ui/field.tsx";
import { showError } from "../../ui/toasts.tsx";
import { Section } from "../section.tsx";

/** From this number of channels on, they can be searched. */
const searchedFrom = 10;
/** Channels that are shown at first, and by each press of the button. */
const pageSize = 50;

const levels: readonly { value: NotificationLevel; label: string }[] = [
  { value: "all", label: "Every message" },
  { value: "mentions", label: "Mentions and followed threads" },
  { value: "none", label: "Nothing" },
];

/** The notification level of each channel and conversation. */
export function ChannelLevels() {
  const workspace = useWorkspace();
  const { channels } = workspace;
  const [text, setText] = useState("");
  const [shownCount, setShownCount] = useState(pageSize);
  const wanted = text.trim().toLowerCase();
  const all = [...channels.named.value, ...channels.direct.value];
  const found = all
    .map((state) => ({ state, name: channelName(workspace, state) }))
    .filter(({ name }) => name.toLowerCase().includes(wanted));
  return (
    <Section
      title="Channels and conversations"
      description="What each of them notifies you about, on all your devices."
    >
      {all.length >= searchedFrom && (
        <TextField label="Find a channel" type="search" value={text} onValue={setText} autocomplete="off" />
      )}
      {found.length === 0 && (
        <p class="muted">
          {wanted === "" ? (
            <>
              You are in no channel yet. <a href={paths.view("browse")}>Browse the channels</a>
            </>
          ) : (
            "None of your channels has this name."
          )}
        </p>
      )}
      <ul class="settings-list">
        {found.slice(0, shownCount).map(({ state, name }) => (
          <li key={state.id} class="level-row">
            <span class="grow truncate" dir="auto">
              {state.isDirect.value ? name : `#${name}`}
            </span>
            <LevelSelect state={state} name={name} />
          </li>
        ))}
      </ul>
      {found.length > shownCount && (
        <div class="row">
          <button type="button" class="button" onClick={() => setShownCount(shownCount + pageSize)}>
            Show more
          </button>
        </div>
      )}
    </Section>
  );
}

/** The chosen level is shown at once, and again the former one if the server rejects it. */
function LevelSelect({ state, name }: { state: ChannelState; name: string }) {
  const { client } = useWorkspace();
  const [isBusy, setBusy] = useState(false);
  const change = async (level: NotificationLevel): Promise<void> => {
    const before = state.level.peek();
    state.level.value = level;
    setBusy(true);
    try {
      await client.call(setNotificationLevel, { params: { channelId: state.id }, body: { level } });
    } catch (error) {
      state.level.value = before;
      showError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Select
      label={`Notifications of ${name}`}
      isCompact
      value={state.level.value}
      isDisabled={isBusy}
      onValue={(level) => void change(level)}
      options={levels}
    />
  );
}
