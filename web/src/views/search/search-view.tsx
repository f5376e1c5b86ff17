import { useEffect, useRef, useState } from "preact/hooks";
import { limits } from "../../../../src/client/index.ts";
import { navigate, pathWithQuery, searchText } from "../../router.ts";
import { TabLinks } from "../../ui/tab-links.tsx";
import { useDebounced } from "../../ui/use-debounced.ts";
import { ViewPage } from "../view-page.tsx";
import { viewTabs } from "../view-tabs.ts";
import { ChannelResults } from "./channel-results.tsx";
import { FileResults } from "./file-results.tsx";
import { MessageResults } from "./message-results.tsx";
import { PeopleResults } from "./people-results.tsx";
import { SearchHelp } from "./search-help.tsx";
import { type EditedText, operatorAt } from "./search-operators.ts";
import { SearchSuggestions } from "./search-suggestions.tsx";

const tabs = [
  { key: "messages", label: "Messages" },
  { key: "files", label: "Files" },
  { key: "channels", label: "Channels" },
  { key: "people", label: "People" },
] as const;

const results = {
  messages: MessageResults,
  files: FileResults,
  channels: ChannelResults,
  people: PeopleResults,
};

/** How long after the last keystroke the search begins, in ms; while the value of an operator is typed, which is invalid until it is complete. */
const searchDelayMs = 350;
const operatorDelayMs = 1_200;

/** The search. Its text is in the address, so that it can be shared, and the back button returns to it. */
export function SearchView() {
  const { text, cursor, edit, commit, field } = useSearchText();
  const { links, current = "messages" } = viewTabs(tabs);
  const query = searchText.value.trim();
  const Results = results[current];
  const hasOperators = current === "messages" || current === "files";
  return (
    <ViewPage
      view="search"
      toolbar={
        <div class="search-toolbar">
          <form
            role="search"
            onSubmit={(event) => {
              event.preventDefault();
              commit();
            }}
          >
            <input
              ref={field}
              class="input"
              type="search"
              aria-label="Search"
              placeholder="Search messages, files, channels and people"
              autocomplete="off"
              dir="auto"
              maxLength={limits.searchLength}
              value={text}
              onInput={(event) => edit(readField(event.currentTarget), { keepsField: true })}
              onSelect={(event) => edit(readField(event.currentTarget), { keepsField: true })}
            />
          </form>
          {hasOperators && <SearchSuggestions text={text} cursor={cursor} onEdit={edit} />}
          <TabLinks label="What is searched" tabs={links} current={current} />
        </div>
      }
    >
      {query === "" ? <SearchHelp /> : <Results key={current} query={query} />}
      {query !== "" && hasOperators && (
        <details class="search-details">
          <summary>What you can search for</summary>
          <SearchHelp />
        </details>
      )}
    </ViewPage>
  );
}

const readField = ({ value, selectionStart }: HTMLInputElement): EditedText => ({
  text: value,
  cursor: selectionStart ?? value.length,
});

/** The text of the field, which is written to the address when it has not changed for a moment. */
function useSearchText() {
  const [{ text, cursor }, setEdited] = useState<EditedText>(() => ({
    text: searchText.peek(),
    cursor: searchText.peek().length,
  }));
  const field = useRef<HTMLInputElement>(null);
  const written = useRef(text);
  const write = (value: string): void => {
    written.current = value;
    navigate(pathWithQuery({ q: value.trim() === "" ? null : value }), { replace: true });
  };
  const settled = useDebounced(text, operatorAt(text, cursor) ? operatorDelayMs : searchDelayMs);
  useEffect(() => {
    if (settled === text && settled !== written.current) write(settled);
  }, [settled]);
  // A link, or the back button, leads to another search.
  const shown = searchText.value;
  useEffect(() => {
    if (shown === written.current) return;
    written.current = shown;
    setEdited({ text: shown, cursor: shown.length });
  }, [shown]);
  useEffect(() => field.current?.focus(), []);
  const edit = (edited: EditedText, { keepsField = false }: { keepsField?: boolean } = {}): void => {
    setEdited(edited);
    if (keepsField || !field.current) return;
    field.current.value = edited.text;
    field.current.focus();
    field.current.setSelectionRange(edited.cursor, edited.cursor);
  };
  return { text, cursor, edit, commit: () => write(text), field };
}
