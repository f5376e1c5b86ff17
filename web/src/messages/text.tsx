import { memo } from "../lib/memo.ts";
import type { Entity, Message } from "../../../src/client/index.ts";
import { NamedEmoji } from "../emoji/emoji.tsx";
import { openPane } from "../router.ts";
import { useWorkspace } from "../state/context.ts";
import { countEmoji } from "./count-emoji.ts";
import { type TextNode, textTree } from "./text-tree.ts";

/** A message of at most this many emoji and nothing else is shown large. */
const maxLargeEmoji = 5;

/** The text of a message. It is built of elements, never of HTML, so that no text can become markup. */
export const MessageText = memo(function MessageText({
  content,
  entities,
}: Pick<Message, "content" | "entities">) {
  const nodes = textTree(content, entities);
  return (
    <div class={`text ${isLarge(content, entities) ? "large" : ""}`} dir="auto">
      <Nodes nodes={nodes} />
    </div>
  );
});

const Nodes = ({ nodes }: { nodes: readonly TextNode[] }) => (
  <>
    {nodes.map((node, at) =>
      typeof node === "string" ? (
        withoutBreaks(node, { after: nodes[at - 1], before: nodes[at + 1] })
      ) : (
        <EntityNode key={at} entity={node.entity} nodes={node.children} />
      ),
    )}
  </>
);

/** Drops the line break between a text and a block beside it, which begins a new line anyway. */
function withoutBreaks(
  text: string,
  { after, before }: { after: TextNode | undefined; before: TextNode | undefined },
): string {
  const start = isBlock(after) && text.startsWith("\n") ? 1 : 0;
  const end = isBlock(before) && text.endsWith("\n") ? Math.max(start, text.length - 1) : text.length;
  return text.slice(start, end);
}

const isBlock = (node: TextNode | undefined): boolean =>
  typeof node === "object" && ["codeBlock", "quote"].includes(node.entity.type);

function EntityNode({ entity, nodes }: { entity: Entity; nodes: readonly TextNode[] }) {
  const inner = <Nodes nodes={nodes} />;
  switch (entity.type) {
    case "bold":
      return <strong>{inner}</strong>;
    case "italic":
      return <em>{inner}</em>;
    case "strike":
      return <s>{inner}</s>;
    case "code":
      return <code>{inner}</code>;
    case "codeBlock":
      return (
        <pre tabIndex={0} aria-label={entity.language ? `Code: ${entity.language}` : "Code"}>
          <code>{inner}</code>
        </pre>
      );
    case "quote":
      return <blockquote>{inner}</blockquote>;
    case "link":
      return <Link url={entity.url}>{inner}</Link>;
    case "mention":
      return <Mention userId={entity.userId} />;
    case "groupMention":
      return <span class="mention">{inner}</span>;
    case "emoji":
      return <NamedEmoji name={entity.name} />;
    default:
      // A kind of a newer server.
      return inner;
  }
}

/** A link of a message. Permalinks of this server open in this page; others in a new tab, which learns nothing of this one. */
export function Link({ url, children }: { url: string; children: preact.ComponentChildren }) {
  if (!/^(?:https?:|mailto:)/i.test(url)) return <>{children}</>;
  if (url.startsWith(`${location.origin}/c/`))
    return <a href={url.slice(location.origin.length)}>{children}</a>;
  return (
    <a href={url} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

function Mention({ userId }: { userId: string }) {
  const { users, me } = useWorkspace();
  const isMe = userId === me.value.id;
  return (
    <button
      type="button"
      class={`mention ${isMe ? "me" : ""}`}
      dir="auto"
      onClick={() => openPane({ kind: "profile", userId })}
    >
      @{users.nameOf(userId)}
    </button>
  );
}

function isLarge(content: string, entities: readonly Entity[] | undefined): boolean {
  if (content.length > 60) return false;
  if (entities) {
    const points = [...content].length;
    const covered = entities.reduce(
      (sum, { type, length }) => (type === "emoji" ? sum + length : -Infinity),
      0,
    );
    return entities.length <= maxLargeEmoji && covered === points;
  }
  return (countEmoji(content) ?? Infinity) <= maxLargeEmoji;
}
