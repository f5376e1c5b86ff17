import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useId } from "../lib/use-id.ts";
import type { Workspace } from "../state/workspace.ts";
import { placePopover } from "../ui/place-popover.ts";
import { EmptyState, Spinner } from "../ui/states.tsx";
import { cellAfterKey, cellSize, type Grid, headingHeight, layOut, sectionAt } from "./emoji-grid.ts";
import { EmojiGrid } from "./emoji-grid-view.tsx";
import { type Choice, searchEmoji, sectionsOf, type Section } from "./emoji-sections.ts";
import { PickerFooter } from "./picker-footer.tsx";
import { recentEmoji } from "./recent-emoji.ts";
import { skinTone } from "./skin-tone.ts";
import { loadStandardEmoji, standardEmoji } from "./standard-emoji.ts";

interface EmojiPickerProps {
  /** The place of the element beside which it is shown. */
  place: DOMRect;
  workspace: Workspace;
  /** Called once the user has chosen, or closed the picker. */
  onClose: (chosen?: string) => void;
}

/** The columns before the width is known. */
const assumedColumns = 9;

/**
 * A popover with all emoji. The focus stays in the search field: arrow keys move in the grid below it, Enter chooses (WAI-ARIA combobox with a
 * grid). Only the visible rows exist, so that it opens at once.
 */
export function EmojiPicker({ place, workspace, onClose }: EmojiPickerProps) {
  const popover = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const id = useId();
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const [columns, setColumns] = useState(assumedColumns);
  const [scrolled, setScrolled] = useState(0);
  /** Whether arrow keys to the sides move in the grid, although the field has a text. */
  const [isBrowsing, setBrowsing] = useState(false);
  const hasFailed = useStandardEmoji();
  // Those of the moment at which the picker opened: the sections do not move.
  const recent = useMemo(recentEmoji, []);

  const standard = standardEmoji.value?.all;
  const custom = workspace.customEmoji.value;
  const tone = skinTone.value;
  const sections = useMemo((): readonly Section[] => {
    const sources = { standard: standard ?? [], custom: [...custom.values()], recent, tone };
    if (text.trim() === "") return sectionsOf(sources);
    const choices = searchEmoji(sources, text);
    return choices.length > 0 ? [{ title: "Results", symbol: "", choices }] : [];
  }, [standard, custom, recent, tone, text]);
  const choices = useMemo(() => sections.flatMap((section) => section.choices), [sections]);
  const grid = useMemo(() => layOut(sections, columns), [sections, columns]);
  const current: Choice | undefined = choices[active];

  useLayoutEffect(() => {
    const element = popover.current;
    if (!element) return undefined;
    element.showPopover();
    placePopover(element, place);
    // On a phone, the focus would open the keyboard above the grid.
    if (matchMedia("(pointer: fine)").matches) search.current?.focus();
    const onToggle = (event: Event): void => {
      if ((event as ToggleEvent).newState === "closed") onClose();
    };
    element.addEventListener("toggle", onToggle);
    return () => element.removeEventListener("toggle", onToggle);
  }, []);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const measure = (): void => setColumns(Math.max(1, Math.floor(element.clientWidth / cellSize)));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const show = (cell: number): void => {
    setActive(cell);
    if (scroller.current) scrollToCell(scroller.current, grid, cell);
  };
  const searchFor = (value: string): void => {
    setText(value);
    setActive(0);
    setBrowsing(false);
    if (scroller.current) scroller.current.scrollTop = 0;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      return onClose();
    }
    if (event.target !== search.current || event.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      return current && onClose(current.value);
    }
    const movesInText = ["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key);
    if (event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    if (movesInText && text !== "" && !isBrowsing) return;
    const next = cellAfterKey(grid, active, event.key);
    if (next === undefined) return;
    event.preventDefault();
    setBrowsing(true);
    show(next);
  };

  return (
    <div
      ref={popover}
      class="emoji-picker"
      popover="auto"
      role="dialog"
      aria-label="Choose an emoji"
      onKeyDown={onKeyDown}
      onFocusOut={({ relatedTarget }) => {
        if (relatedTarget && !popover.current?.contains(relatedTarget as Node)) onClose();
      }}
    >
      <input
        ref={search}
        class="input"
        type="text"
        role="combobox"
        aria-label="Search emoji"
        aria-haspopup="grid"
        aria-expanded="true"
        aria-controls={`${id}-grid`}
        aria-activedescendant={current ? `${id}-${active}` : undefined}
        aria-autocomplete="list"
        autocomplete="off"
        spellcheck={false}
        placeholder="Search emoji"
        value={text}
        onInput={(event) => searchFor(event.currentTarget.value)}
      />
      {text === "" && sections.length > 1 && (
        <div class="emoji-groups" role="group" aria-label="Groups">
          {sections.map(({ title, symbol }, at) => (
            <button
              key={title}
              type="button"
              class="emoji-group"
              aria-label={title}
              title={title}
              aria-current={sectionAt(grid, scrolled) === at}
              onMouseDown={keepFocus}
              onClick={() => {
                if (scroller.current) scroller.current.scrollTop = grid.headings[at] ?? 0;
              }}
            >
              {symbol}
            </button>
          ))}
        </div>
      )}
      <div
        ref={scroller}
        class="emoji-scroll"
        onScroll={(event) => setScrolled(event.currentTarget.scrollTop)}
      >
        <EmojiGrid
          id={id}
          grid={grid}
          sections={sections}
          choices={choices}
          columns={columns}
          active={active}
          scrolled={scrolled}
          onActive={setActive}
          onChoose={({ value }) => onClose(value)}
        />
        {hasFailed && (
          <EmptyState title="The emoji could not be loaded">
            <button type="button" class="button" onClick={() => void loadStandardEmoji()}>
              Try again
            </button>
          </EmptyState>
        )}
        {!standard && !hasFailed && <Spinner label="Loading emoji" />}
        {standard && choices.length === 0 && <EmptyState title="No emoji has this name" />}
      </div>
      <div class="visually-hidden" role="status">
        {text === "" ? "" : `${choices.length} emoji found`}
      </div>
      <PickerFooter choice={current} />
    </div>
  );
}

/** For a mouse: the search field keeps the focus, so that keys go on working. */
const keepFocus = (event: MouseEvent): void => event.preventDefault();

/** Loads the emoji of Unicode. Returns whether that failed. */
function useStandardEmoji(): boolean {
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    void loadStandardEmoji().then(() => setFailed(standardEmoji.peek() === undefined));
  }, []);
  return hasFailed && standardEmoji.value === undefined;
}

/** Scrolls so far that a cell, and the heading above the first row of a section, can be seen. */
function scrollToCell(element: HTMLElement, { rows, headings }: Grid, cell: number): void {
  const row = rows.find(({ from, count }) => cell >= from && cell < from + count);
  if (!row) return;
  const isFirst = row.top - headingHeight === headings[row.section];
  const top = isFirst ? row.top - headingHeight : row.top;
  const bottom = row.top + cellSize;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (bottom > element.scrollTop + element.clientHeight)
    element.scrollTop = bottom - element.clientHeight;
}
