import type { ComponentChildren } from "preact";
import { type Channel, getChannels } from "../../../../src/client/index.ts";
import { channelIcon } from "../../channels/channel-icon.ts";
import { useWorkspace } from "../../state/context.ts";
import { Icon } from "../icon.tsx";
import { knownChannel, putKnownChannels } from "./known-channels.ts";
import { MultiPicker, type PickerOption } from "./multi-picker.tsx";

interface ChannelPickerProps {
  label: string;
  hint?: ComponentChildren;
  error?: string | undefined;
  placeholder?: string;
  /** How many may be chosen. */
  max?: number;
  /** Which channels are offered: the user's own, or also public ones that the user is not in (the default). Never direct messages or archived ones. */
  scope?: "joined" | "readable";
  /** The ids of the chosen channels. */
  value: readonly string[];
  onChange: (channelIds: string[]) => void;
}

const maxOptions = 50;

/** A choice of channels by name. */
export function ChannelPicker({
  value,
  onChange,
  scope = "readable",
  placeholder = "Search channels by name",
  ...field
}: ChannelPickerProps) {
  const workspace = useWorkspace();
  const { client, channels } = workspace;
  const search = async (text: string, signal: AbortSignal): Promise<PickerOption[]> => {
    const query = text.replace(/^#/, "").slice(0, 80);
    const own = channels.named
      .peek()
      .map(({ channel }) => channel.peek())
      .filter(({ name }) => name?.toLowerCase().includes(query.toLowerCase()));
    if (scope === "joined") return own.map(optionOf);
    const { items } = await client.call(getChannels, {
      query: { scope: "public", limit: maxOptions, ...(query !== "" && { query }) },
      signal,
    });
    putKnownChannels(workspace, items);
    const ownIds = new Set(own.map(({ id }) => id));
    return [...own, ...items.filter(({ id }) => !ownIds.has(id))].map(optionOf);
  };
  return (
    <MultiPicker
      {...field}
      placeholder={placeholder}
      selected={value.map((id) => chosenOption(id, knownChannel(workspace, id).value))}
      onChange={onChange}
      search={search}
    />
  );
}

const optionOf = ({ id, name, type }: Channel): PickerOption => ({
  id,
  label: name ?? "",
  picture: <Icon name={channelIcon(type)} />,
});

/** A chosen channel that is loading, or that the user may not read, is shown without its name. */
const chosenOption = (id: string, channel: Channel | null | undefined): PickerOption =>
  channel ? optionOf(channel) : { id, label: channel === null ? `Private channel ${id.slice(-6)}` : "…" };
