import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import type { MessageEntry } from "../contract/entries.ts";
import { frameExample } from "../schema/frame-example.ts";
import { CodeBlock } from "./code-block.tsx";
import { InlineMarkdown, Markdown } from "./markdown.tsx";
import { useReference } from "./reference-context.ts";
import { SchemaTree } from "./schema-tree.tsx";
import { linkTo } from "./use-hash.ts";

/** The page of a message on a socket. */
export function MessagePage({ entry }: { entry: MessageEntry }): VNode {
  const { contract, known, entries } = useReference();
  const components = contract.asyncApi?.components.schemas ?? {};
  const { message, direction, channel, channelName, summary, replies } = entry;
  const { payload, description } = message;
  // A frame of the server is an array; `contains` is the envelope of which this message is.
  const schema = payload.contains ?? payload;
  const example = useMemo(() => frameExample(entry, components, known), [entry, components, known]);
  return (
    <>
      <p class="signature">
        <span class="label">{entry.label}</span> <code>{channel.address}</code>
      </p>
      <p class="lead">
        <InlineMarkdown text={`${summary}.`} />
      </p>
      {description && <Markdown text={description} />}
      <p class="muted">
        {direction === "client"
          ? "A frame of the client: one JSON object."
          : "An envelope in a frame of the server, which is a JSON array of envelopes."}
      </p>
      {replies.length > 0 && (
        <p>
          Replies:{" "}
          {replies.map((id) => (
            <>
              <a href={linkTo(id)}>
                <code>{entries.get(id)?.title ?? id}</code>
              </a>{" "}
            </>
          ))}
        </p>
      )}
      <section>
        <h2>Payload</h2>
        <SchemaTree schema={schema} components={components} openName="data" />
      </section>
      <section>
        <h2>Example</h2>
        <CodeBlock title="Frame" text={example} />
      </section>
      {entries.has(channelName) && (
        <p>
          <a href={linkTo(channelName)}>Open this socket and try it</a>
        </p>
      )}
    </>
  );
}
