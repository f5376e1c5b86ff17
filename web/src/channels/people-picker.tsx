import { useEffect, useId, useState } from "preact/hooks";
import { getUsers, type User } from "../../../src/client/index.ts";
import { useWorkspace } from "../state/context.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Icon } from "../ui/icon.tsx";
import { useDebounced } from "../ui/use-debounced.ts";

interface PeoplePickerProps {
  label: string;
  hint?: string;
  /** The ids of the chosen users. */
  selected: readonly string[];
  onChange: (userIds: string[]) => void;
  max: number;
  /** Users that are not offered, such as those that are members already. */
  excluded?: readonly string[];
  error?: string | undefined;
}

const maxOffered = 8;
const searchDelayMs = 150;

/** A choice of users by a part of their names. */
export function PeoplePicker(props: PeoplePickerProps) {
  const { label, hint, selected, onChange, max, excluded = [], error } = props;
  const { users } = useWorkspace();
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const id = useId();
  const found = usePeople(text);
  const isFull = selected.length >= max;
  const offered = found
    .filter((user) => !selected.includes(user.id) && !excluded.includes(user.id))
    .slice(0, maxOffered);
  const current = offered[Math.min(active, offered.length - 1)];
  const add = (user: User | undefined): void => {
    if (!user || isFull) return;
    onChange([...selected, user.id]);
    setText("");
    setActive(0);
  };
  const remove = (userId: string): void => onChange(selected.filter((other) => other !== userId));
  const onKeyDown = (event: KeyboardEvent): void => {
    const { value } = event.currentTarget as HTMLInputElement;
    const last = selected.at(-1);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive((active + step + offered.length) % Math.max(1, offered.length));
    } else if (event.key === "Enter" && !event.isComposing && value !== "") add(current);
    else if (event.key === "Backspace" && value === "" && last !== undefined) return remove(last);
    else return undefined;
    event.preventDefault();
    return undefined;
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {selected.length > 0 && (
        <ul class="chips" aria-label="Chosen">
          {selected.map((userId) => (
            <li key={userId}>
              <button
                type="button"
                class="chip"
                aria-label={`Remove ${users.nameOf(userId)}`}
                onClick={() => remove(userId)}
              >
                <Avatar userId={userId} size={22} />
                <span class="truncate" dir="auto">
                  {users.nameOf(userId)}
                </span>
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <input
        id={id}
        class="input"
        type="text"
        role="combobox"
        autocomplete="off"
        aria-expanded={offered.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={current ? `${id}-${current.id}` : undefined}
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-note`}
        placeholder={isFull ? `At most ${max} people` : "Name or username"}
        disabled={isFull}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id={`${id}-note`}>
        {error ? <span class="error">{error}</span> : hint ? <span class="hint">{hint}</span> : null}
      </div>
      {!isFull && (
        <div id={`${id}-list`} class="picker-list" role="listbox" aria-label="People">
          {offered.map((user) => (
            <div
              key={user.id}
              id={`${id}-${user.id}`}
              class="menu-item"
              role="option"
              aria-selected={user === current}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => add(user)}
            >
              <Avatar userId={user.id} size={24} showsPresence />
              <span class="truncate" dir="auto">
                {user.displayName}
              </span>
              <span class="muted small truncate">@{user.username}</span>
            </div>
          ))}
          {offered.length === 0 && text !== "" && <p class="muted small">No other person has this name.</p>}
        </div>
      )}
    </div>
  );
}

/** Returns active users whose names begin with a text; the first ones for an empty text. Results of outdated requests are dropped. */
function usePeople(text: string): readonly User[] {
  const { client, users, me } = useWorkspace();
  const [found, setFound] = useState<readonly User[]>([]);
  const query = useDebounced(text.trim(), searchDelayMs);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    client.call(getUsers, { query: { limit: 30, ...(query !== "" && { query }) }, signal }).then(
      ({ items }) => {
        if (signal.aborted) return;
        users.put(items);
        setFound(items.filter(({ id, active }) => active && id !== me.peek().id));
      },
      () => {},
    );
    return () => controller.abort();
  }, [query]);
  return found;
}
