import { useEffect } from "preact/hooks";
import { whenIdle } from "../lib/when-idle.ts";
import { useWorkspace } from "../state/context.ts";
import { loadStandardEmoji, standardEmoji } from "./standard-emoji.ts";

/** Shows an emoji by its name, without colons: one of Unicode or of the workspace; the name if there is none. */
export function NamedEmoji({ name }: { name: string }) {
  const { customEmoji } = useWorkspace();
  const custom = customEmoji.value.get(name);
  const needsList = !custom && standardEmoji.value === undefined;
  useEffect(() => (needsList ? whenIdle(() => void loadStandardEmoji()) : undefined), [needsList]);
  const label = `:${name}:`;
  if (custom) return <img class="custom-emoji" src={custom.imageUrl} alt={label} title={label} />;
  const standard = standardEmoji.value?.byName.get(name);
  return standard ? (
    <span class="emoji" title={label}>
      {standard}
    </span>
  ) : (
    <>{label}</>
  );
}

/** Shows what a reaction or a status consists of: an emoji, or `:name:`. */
export const Emoji = ({ value }: { value: string }) =>
  /^:.+:$/.test(value) ? <NamedEmoji name={value.slice(1, -1)} /> : <span class="emoji">{value}</span>;
