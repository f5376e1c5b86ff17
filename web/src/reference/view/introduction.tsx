import type { VNode } from "preact";
import type { Group } from "../contract/entries.ts";
import { InlineMarkdown, Markdown } from "./markdown.tsx";
import { useReference } from "./reference-context.ts";
import { linkTo } from "./use-hash.ts";

/** The page that is shown first: the conventions of the API, and its groups. */
export function Introduction({ groups }: { groups: readonly Group[] }): VNode {
  const { openApi, asyncApi } = useReference().contract;
  return (
    <>
      <p class="muted">Version {openApi.info.version}</p>
      <Markdown text={openApi.info.description ?? ""} />
      {!asyncApi && (
        <p class="problem">
          The description of the sockets could not be loaded. Reload the page to try again.
        </p>
      )}
      <p>
        Press <kbd>/</kbd> to search. The documents behind this page: <a href="/v1/openapi.json">OpenAPI</a>,{" "}
        <a href="/v1/asyncapi.json">AsyncAPI</a>.
      </p>
      <section>
        <h2>Groups</h2>
        <dl class="overview">
          {groups.map(({ title, description, entries: [first] }) => (
            <div key={title}>
              <dt>{first ? <a href={linkTo(first.id)}>{title}</a> : title}</dt>
              <dd>
                <InlineMarkdown text={description} />
              </dd>
            </div>
          ))}
        </dl>
      </section>
    </>
  );
}
