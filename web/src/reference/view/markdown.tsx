import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import { type Block, type Inline, parseInline, parseMarkdown } from "../text/markdown.ts";

/** A description of the contract. All of its headings are at the level `h2`, below the heading of the page. */
export function Markdown({ text }: { text: string }): VNode {
  const blocks = useMemo(() => parseMarkdown(text), [text]);
  return <div class="markdown">{blocks.map((block) => blockNode(block))}</div>;
}

/** A text of one paragraph, without an element around it. */
export const InlineMarkdown = ({ text }: { text: string }): VNode => <>{parseInline(text).map(inlineNode)}</>;

function blockNode(block: Block): VNode {
  switch (block.kind) {
    case "paragraph":
      return <p>{block.content.map(inlineNode)}</p>;
    case "heading":
      return <h2>{block.content.map(inlineNode)}</h2>;
    case "code":
      return (
        <pre class="code" tabIndex={0}>
          <code>{block.text}</code>
        </pre>
      );
    case "list": {
      const items = block.items.map((item) => <li>{item.map(inlineNode)}</li>);
      return block.isOrdered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
    case "table":
      return (
        <div class="scroll" role="group" aria-label="Table" tabIndex={0}>
          <table>
            <thead>
              <tr>
                {block.header.map((cell) => (
                  <th scope="col">{cell.map(inlineNode)}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {block.rows.map((row) => (
                <tr>
                  {row.map((cell) => (
                    <td>{cell.map(inlineNode)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
  }
}

function inlineNode(inline: Inline): VNode | string {
  if (inline.kind === "text") return inline.text;
  if (inline.kind === "code") return <code>{inline.text}</code>;
  return (
    <a href={inline.href} rel="noreferrer">
      {inline.children.map(inlineNode)}
    </a>
  );
}
