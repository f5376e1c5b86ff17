import { useEffect, useState } from "preact/hooks";
import { getUsers } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import type { Workspace } from "../../state/workspace.ts";
import { useDebounced } from "../../ui/use-debounced.ts";
import {
  completeOperator,
  type EditedText,
  insertOperator,
  operatorAt,
  type SearchOperator,
  searchOperators,
  type TypedOperator,
} from "./search-operators.ts";

interface SearchSuggestionsProps {
  text: string;
  cursor: number;
  /** Called with the text in which a suggestion was inserted. */
  onEdit: (edited: EditedText) => void;
}

const maxSuggestions = 8;
const values: Partial<Record<SearchOperator, readonly string[]>> = {
  has: ["file", "link", "reaction"],
  is: ["thread", "pinned"],
  before: ["today", "yesterday"],
  after: ["today", "yesterday"],
  on: ["today", "yesterday"],
};

/** Buttons that insert the operators of the search and, behind an operator, its values. */
export function SearchSuggestions({ text, cursor, onEdit }: SearchSuggestionsProps) {
  const typed = operatorAt(text, cursor);
  const completions = useValues(typed);
  return (
    <div class="row wrap suggestion-chips" role="group" aria-label="Suggestions for the search">
      {typed
        ? completions.map((value) => (
            <Chip key={value} label={value} onClick={() => onEdit(completeOperator(text, typed, value))} />
          ))
        : searchOperators.map((operator) => (
            <Chip
              key={operator}
              label={`${operator}:`}
              onClick={() => onEdit(insertOperator(text, cursor, operator))}
            />
          ))}
    </div>
  );
}

const Chip = ({ label, onClick }: { label: string; onClick: () => void }) => (
  <button
    type="button"
    class="chip"
    dir="auto"
    // The field keeps the focus.
    onMouseDown={(event) => event.preventDefault()}
    onClick={onClick}
  >
    {label}
  </button>
);

/** Returns the values that complete an operator. Users are fetched; results of outdated requests are dropped. */
function useValues(typed: TypedOperator | null): readonly string[] {
  const workspace = useWorkspace();
  const { client } = workspace;
  const operator = typed?.operator;
  const query = useDebounced(operator === "from" || operator === "in" ? (typed?.value ?? "") : "");
  const [names, setNames] = useState<readonly string[]>([]);
  const isPerson = operator === "from" || (operator === "in" && typed?.value.startsWith("@"));
  useEffect(() => {
    if (!isPerson) return undefined;
    const controller = new AbortController();
    const { signal } = controller;
    const begin = query.replace(/^@/, "");
    client
      .call(getUsers, { query: { limit: maxSuggestions, ...(begin !== "" && { query: begin }) }, signal })
      .then(
        ({ items }) => !signal.aborted && setNames(items.map(({ username }) => `@${username}`)),
        () => {},
      );
    return () => controller.abort();
  }, [isPerson, query]);
  if (!typed) return [];
  const { value } = typed;
  const begins = (name: string): boolean =>
    name.toLowerCase().replace(/^[@#]/, "").startsWith(value.toLowerCase());
  if (operator === "from") return ["me", ...names].filter(begins).slice(0, maxSuggestions);
  if (operator === "in")
    return ["@me", ...channelNames(workspace), ...names].filter(begins).slice(0, maxSuggestions);
  return (values[typed.operator] ?? []).filter(begins);
}

const channelNames = ({ channels }: Workspace): string[] =>
  channels.named.value.flatMap(({ channel }) =>
    channel.value.name === null ? [] : `#${channel.value.name}`,
  );
