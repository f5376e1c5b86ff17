import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useId } from "../../lib/use-id.ts";
import type { Group } from "../contract/entries.ts";
import { searchEntries } from "../contract/search-entries.ts";
import { linkTo } from "./use-hash.ts";

interface SidebarProps {
  groups: readonly Group[];
  currentId: string;
  /** Entries before the groups, such as the introduction. */
  guides: readonly { id: string; title: string }[];
  /** Shows the list where it is hidden, on a narrow screen. */
  onReveal: () => void;
}

/** The list of contents with its search. `/` focuses the search, the arrow keys move between the links, Enter opens one. */
export function Sidebar({ groups, currentId, guides, onReveal }: SidebarProps): VNode {
  const [query, setQuery] = useState("");
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const search = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  useSlashKey(search, onReveal);
  const found = useMemo(() => searchEntries(groups, query), [groups, query]);
  const isSearching = query.trim() !== "";
  const count = found.reduce((sum, { entries }) => sum + entries.length, 0);
  const current = groups.find(({ entries }) => entries.some((entry) => entry.id === currentId))?.title;
  useEffect(() => {
    if (current !== undefined) setOpened((titles) => new Set([...titles, current]));
  }, [current]);
  const isCurrentShown = current === undefined || opened.has(current);
  useEffect(() => {
    if (isCurrentShown) list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }, [currentId, isCurrentShown]);
  const toggle = (title: string): void =>
    setOpened((titles) => {
      const others = new Set(titles);
      if (!others.delete(title)) others.add(title);
      return others;
    });
  const move = (event: KeyboardEvent): void => moveFocus(event, search.current, list.current);
  return (
    <div class="contents" onKeyDown={move}>
      <label class="visually-hidden" for={`${id}-search`}>
        Search operations
      </label>
      <input
        ref={search}
        id={`${id}-search`}
        type="search"
        placeholder="Search ( / )"
        autocomplete="off"
        spellcheck={false}
        aria-controls={`${id}-list`}
        aria-keyshortcuts="/"
        value={query}
        onInput={({ currentTarget }) => setQuery(currentTarget.value)}
      />
      <p role="status" class={isSearching ? "muted" : "visually-hidden"}>
        {isSearching ? `${count} ${count === 1 ? "result" : "results"}` : ""}
      </p>
      <div id={`${id}-list`} ref={list}>
        {!isSearching && (
          <ul class="guides">
            {guides.map((guide) => (
              <li>
                <a href={linkTo(guide.id)} aria-current={guide.id === currentId ? "page" : undefined}>
                  {guide.title}
                </a>
              </li>
            ))}
          </ul>
        )}
        <ul class="groups">
          {found.map((group, index) => (
            <GroupItem
              key={group.title}
              group={group}
              listId={`${id}-group-${index}`}
              currentId={currentId}
              isOpen={isSearching || opened.has(group.title)}
              onToggle={() => toggle(group.title)}
            />
          ))}
        </ul>
      </div>
    </div>
  );
}

interface GroupItemProps {
  group: Group;
  listId: string;
  currentId: string;
  isOpen: boolean;
  onToggle: () => void;
}

function GroupItem({ group, listId, currentId, isOpen, onToggle }: GroupItemProps): VNode {
  return (
    <li>
      <button type="button" class="group" aria-expanded={isOpen} aria-controls={listId} onClick={onToggle}>
        <span>{group.title}</span>
        <span class="muted">{group.entries.length}</span>
      </button>
      <ul id={listId} hidden={!isOpen}>
        {group.entries.map((entry) => (
          <li key={entry.id}>
            <a
              href={linkTo(entry.id)}
              data-entry={entry.id}
              aria-current={entry.id === currentId ? "page" : undefined}
            >
              <span class={entry.label === "DELETE" ? "label danger-text" : "label"}>{entry.label}</span>{" "}
              <span class="title">{entry.title}</span>
            </a>
          </li>
        ))}
      </ul>
    </li>
  );
}

/** Focuses the search when `/` is pressed outside of a text field and of a dialog. */
function useSlashKey(search: { readonly current: HTMLInputElement | null }, onReveal: () => void): void {
  useLayoutEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      const target = event.target instanceof Element ? event.target : document.body;
      const isTyping = target.closest("input, textarea, select, dialog") !== null;
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
      event.preventDefault();
      onReveal();
      // A hidden field cannot be focused; it is shown before the next frame.
      requestAnimationFrame(() => search.current?.select());
    };
    addEventListener("keydown", focus);
    return () => removeEventListener("keydown", focus);
  }, [search, onReveal]);
}

/** Moves the focus between the search and the visible links. */
function moveFocus(event: KeyboardEvent, search: HTMLInputElement | null, list: HTMLElement | null): void {
  if (!search || !list) return;
  const links = [...list.querySelectorAll("a")].filter((link) => link.closest("[hidden]") === null);
  const index = links.findIndex((link) => link === document.activeElement);
  const isInSearch = document.activeElement === search;
  if (!isInSearch && index < 0) return;
  if (event.key === "Enter" && isInSearch) links[0]?.click();
  else if (event.key === "ArrowDown") links[index + 1]?.focus();
  else if (event.key === "ArrowUp" && index > 0) links[index - 1]?.focus();
  else if ((event.key === "ArrowUp" || event.key === "Escape") && index >= 0) search.focus();
  else return;
  event.preventDefault();
}
