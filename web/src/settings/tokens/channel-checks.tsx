import { useState } from "preact/hooks";
import { channelName } from "../../channels/channel-name.ts";
import { useWorkspace } from "../../state/context.ts";
import { Check, TextField } from "../../ui/field.tsx";

/** Channels to which a token can be restricted. */
const maxChosen = 50;

interface ChannelChecksProps {
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
}

/** A choice of some of the user's channels. */
export function ChannelChecks({ chosen, onChange }: ChannelChecksProps) {
  const workspace = useWorkspace();
  const { channels } = workspace;
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const found = [...channels.named.value, ...channels.direct.value]
    .map((state) => ({ id: state.id, name: channelName(workspace, state) }))
    .filter(({ id, name }) => chosen.has(id) || name.toLowerCase().includes(wanted));
  const toggle = (id: string, isChosen: boolean): void => {
    const changed = new Set(chosen);
    if (isChosen) changed.add(id);
    else changed.delete(id);
    onChange(changed);
  };
  return (
    <div class="stack">
      <TextField
        label="Find a channel"
        type="search"
        hint={`${chosen.size} chosen, at most ${maxChosen}`}
        value={text}
        onValue={setText}
        autocomplete="off"
      />
      <fieldset class="choice channel-checks">
        <legend class="visually-hidden">Channels of the token</legend>
        {found.map(({ id, name }) => (
          <Check
            key={id}
            label={<span dir="auto">{name}</span>}
            isChecked={chosen.has(id)}
            isDisabled={!chosen.has(id) && chosen.size >= maxChosen}
            onChange={(isChosen) => toggle(id, isChosen)}
          />
        ))}
        {found.length === 0 && <p class="muted">None of your channels has this name.</p>}
      </fieldset>
    </div>
  );
}
