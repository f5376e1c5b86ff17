import { paths } from "../../router.ts";

/** What can be searched for, with an example each. */
const help = [
  ["deploy failed", "messages with both words, also in other forms: deployed, deploys"],
  ['"release candidate"', "exactly these words in this order"],
  ["deploy*", "words that begin with “deploy”"],
  ["-staging", "messages without this word; the minus sign works before every operator too"],
  ["red OR green", "messages with one of the words"],
  ["from:@ann", "messages of a person; from:me for your own"],
  ["in:#general", "messages in a channel; in:@ann for your conversation with a person"],
  ["has:file", "messages with a file; also has:link and has:reaction"],
  ["is:thread", "replies and messages with replies; also is:pinned"],
  ["on:2026-11-23", "messages of a day, month or year; also before: and after:, today and yesterday"],
] as const;

/** Explains how to search. The examples are links to their results. */
export const SearchHelp = () => (
  <section class="search-help">
    <h2>What you can search for</h2>
    <dl>
      {help.map(([example, meaning]) => (
        <div key={example}>
          <dt>
            <a href={paths.search(example)}>
              <code>{example}</code>
            </a>
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  </section>
);
