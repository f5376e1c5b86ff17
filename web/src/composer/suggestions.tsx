import { useEffect, useRef, useState } from "preact/hooks";
import { useId } from "../lib/use-id.ts";
import { getSlashCommands, getUsers, type SlashCommand } from "../../../src/client/index.ts";
import { channelName } from "../channels/channel-name.ts";
import { loadStandardEmoji, standardEmoji } from "../emoji/standard-emoji.ts";
import type { Workspace } from "../state/workspace.ts";
import { findTrigger, type Trigger } from "./trigger.ts";

/** What can complete the word before the cursor. */
export interface Suggestion {
  key: string;
  /** A picture of one character, or an image's address. */
  symbol?: string;
  imageUrl?: string;
  label: string;
  hint?: string;
  /** The text that replaces the word. */
  text: string;
}

const maxSuggestions = 8;
const searchDelayMs = 120;

interface SuggestionsOptions {
  area: { current: HTMLTextAreaElement | null };
  setText: (text: string) => void;
}

export interface SuggestionsState {
  isOpen: boolean;
  items: readonly Suggestion[];
  selected: number;
  listId: string;
  activeId: string | undefined;
  /** Looks at the word before the cursor. */
  update: () => void;
  close: () => void;
  /** Handles a key. Returns whether it was meant for the list. */
  onKeyDown: (event: KeyboardEvent) => boolean;
  choose: (suggestion: Suggestion) => void;
}

/** Suggests users and groups after `@`, channels after `#`, emoji after `:`, and commands after `/` at the beginning. */
export function useSuggestions(
  workspace: Workspace,
  { area, setText }: SuggestionsOptions,
): SuggestionsState {
  const listId = useId();
  const [trigger, setTrigger] = useState<Trigger | null>(null);
  const [items, setItems] = useState<readonly Suggestion[]>([]);
  const [selected, setSelected] = useState(0);
  const round = useRef(0);

  useEffect(() => {
    const current = ++round.current;
    setSelected(0);
    if (!trigger) return setItems([]);
    setItems(localSuggestions(workspace, trigger).slice(0, maxSuggestions));
    const timer = setTimeout(() => {
      void remoteSuggestions(workspace, trigger).then(
        (found) => current === round.current && setItems((before) => merged(before, found)),
        () => {},
      );
    }, searchDelayMs);
    return () => clearTimeout(timer);
  }, [trigger?.kind, trigger?.query]);

  const isOpen = trigger !== null && items.length > 0;
  const close = (): void => setTrigger(null);
  const choose = ({ text }: Suggestion): void => {
    const element = area.current;
    if (!element || !trigger) return;
    element.setRangeText(`${text} `, trigger.start, trigger.end, "end");
    setText(element.value);
    close();
    element.focus();
  };
  return {
    isOpen,
    items,
    selected,
    listId,
    activeId: isOpen ? `${listId}-${selected}` : undefined,
    update: () => {
      const element = area.current;
      const isCursor = element && element.selectionStart === element.selectionEnd;
      setTrigger(isCursor ? findTrigger(element.value, element.selectionStart) : null);
    },
    close,
    choose,
    onKeyDown: (event) => {
      if (!isOpen || event.isComposing) return false;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        const step = event.key === "ArrowDown" ? 1 : -1;
        setSelected((selected + step + items.length) % items.length);
      } else if (event.key === "Enter" || event.key === "Tab") {
        const suggestion = items[selected];
        if (suggestion) choose(suggestion);
      } else if (event.key === "Escape") close();
      else return false;
      event.preventDefault();
      event.stopPropagation();
      return true;
    },
  };
}

/** The list above the composer. */
export function Suggestions({ suggestions }: { suggestions: SuggestionsState }) {
  const { isOpen, items, selected, listId, choose } = suggestions;
  if (!isOpen) return null;
  return (
    <div id={listId} class="suggestions" role="listbox" aria-label="Suggestions">
      {items.map((item, at) => (
        <div
          key={item.key}
          id={`${listId}-${at}`}
          role="option"
          aria-selected={at === selected}
          class="menu-item"
          // The field keeps the focus.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => choose(item)}
        >
          {item.imageUrl ? (
            <img class="custom-emoji" src={item.imageUrl} alt="" />
          ) : (
            item.symbol && <span class="emoji">{item.symbol}</span>
          )}
          <strong class="truncate" dir="auto">
            {item.label}
          </strong>
          {item.hint && <span class="muted small truncate">{item.hint}</span>}
        </div>
      ))}
    </div>
  );
}

function localSuggestions(workspace: Workspace, { kind, query }: Trigger): Suggestion[] {
  const { channels, groups, customEmoji, users } = workspace;
  const includes = (text: string): boolean => text.toLowerCase().includes(query);
  switch (kind) {
    case "user":
      return [
        ...users.known
          .filter(
            ({ username, displayName, active }) => active && (includes(username) || includes(displayName)),
          )
          .map(userSuggestion),
        ...groups.value
          .filter(({ handle, name }) => includes(handle) || includes(name))
          .map(({ handle, name }) => ({
            key: handle,
            symbol: "👥",
            label: `@${handle}`,
            hint: name,
            text: `@${handle}`,
          })),
        ...["channel", "here"].filter(includes).map((name) => ({
          key: name,
          symbol: "📣",
          label: `@${name}`,
          hint: groupHints[name] ?? "",
          text: `@${name}`,
        })),
      ];
    case "channel":
      return channels.named.value
        .map((state) => channelName(workspace, state))
        .filter(includes)
        .map((name) => ({ key: name, symbol: "#", label: name, text: `#${name}` }));
    case "emoji":
      return [
        ...[...customEmoji.value.values()]
          .filter(({ name }) => includes(name))
          .map(({ name, imageUrl }) => ({
            key: `:${name}:`,
            imageUrl,
            label: `:${name}:`,
            text: `:${name}:`,
          })),
        ...emojiSuggestions(query),
      ];
    default:
      return [];
  }
}

const groupHints: Record<string, string> = {
  channel: "Notifies all members of the channel",
  here: "Notifies the members who are online",
};

const userSuggestion = ({
  id,
  username,
  displayName,
}: {
  id: string;
  username: string;
  displayName: string;
}) => ({
  key: id,
  label: displayName,
  hint: `@${username}`,
  text: `@${username}`,
});

function emojiSuggestions(query: string): Suggestion[] {
  const starts: Suggestion[] = [];
  const others: Suggestion[] = [];
  for (const { emoji, names } of standardEmoji.value?.all ?? []) {
    const name = names.find((each) => each.includes(query));
    if (name === undefined) continue;
    const suggestion = { key: emoji, symbol: emoji, label: `:${name}:`, text: emoji };
    (name.startsWith(query) ? starts : others).push(suggestion);
    if (starts.length >= maxSuggestions) break;
  }
  return [...starts, ...others];
}

/** What only the server knows: all users, the commands, and the list of emoji. */
async function remoteSuggestions(workspace: Workspace, trigger: Trigger): Promise<Suggestion[]> {
  const { client, users } = workspace;
  const { kind, query } = trigger;
  if (kind === "user" && query !== "") {
    const { items } = await client.call(getUsers, { query: { query, limit: maxSuggestions } });
    users.put(items);
    return items.filter(({ active }) => active).map(userSuggestion);
  }
  if (kind === "emoji") {
    await loadStandardEmoji();
    return localSuggestions(workspace, trigger);
  }
  if (kind === "command")
    return (await commandsOf(workspace))
      .filter(({ name }) => name.startsWith(query))
      .map(({ name, description, usage }) => ({
        key: name,
        label: `/${name}`,
        hint: usage ? `${usage} · ${description}` : description,
        text: `/${name}`,
      }));
  return [];
}

let commands: { at: number; list: Promise<SlashCommand[]> } | undefined;
const commandsTtlMs = 60_000;

function commandsOf({ client }: Workspace): Promise<SlashCommand[]> {
  if (commands && Date.now() - commands.at < commandsTtlMs) return commands.list;
  const list = client.call(getSlashCommands).then(({ items }) => items);
  commands = { at: Date.now(), list };
  list.catch(() => (commands = undefined));
  return list;
}

function merged(before: readonly Suggestion[], found: readonly Suggestion[]): Suggestion[] {
  const known = new Set(before.map(({ key }) => key));
  return [...before, ...found.filter(({ key }) => !known.has(key))].slice(0, maxSuggestions);
}
