import type { ComponentChildren } from "preact";
import { type Page, ParleyError } from "../../../../src/client/index.ts";
import { PagedList } from "../../ui/paged-list.tsx";
import { EmptyState } from "../../ui/states.tsx";
import type { Pages } from "../../ui/use-pages.ts";

interface ResultListProps<Item> {
  found: Pages<Item, Page<Item> & { incomplete?: true }>;
  label: string;
  /** What was not found, in the plural. */
  subject: string;
  children: (item: Item) => ComponentChildren;
}

/** Results of a search, or what is wrong with its text. */
export function ResultList<Item>({ found, label, subject, children }: ResultListProps<Item>) {
  const { error, isLoading, response } = found;
  if (!isLoading && error instanceof ParleyError && error.code === "validation_failed")
    return (
      <p class="notice warning" role="alert">
        {withoutMarkup(error.issues.map(({ message }) => message).join(" ") || error.message)}
      </p>
    );
  return (
    <>
      <PagedList
        from={found}
        label={label}
        empty={
          <EmptyState title={`No ${subject} found`}>
            <p class="muted">Try fewer or other words, or the beginning of a word with an asterisk.</p>
          </EmptyState>
        }
      >
        {children}
      </PagedList>
      {response?.incomplete && !isLoading && (
        <p class="muted small show-more">
          The search reached its time limit. “Show more” continues with older messages.
        </p>
      )}
    </>
  );
}

/** Returns a message of the server as plain text: it writes names of fields as code. */
const withoutMarkup = (text: string): string => text.replaceAll("`", "");
