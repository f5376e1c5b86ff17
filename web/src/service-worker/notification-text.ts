import type { Channel, Message } from "../../../src/client/index.ts";
import { type TextNode, textTree } from "../messages/text-tree.ts";

/** The longest text that is shown. Systems cut it earlier. */
const maxLength = 300;

/** Returns a message as text without markup. */
export function plainText({ content, entities, files, attachments }: Message): string {
  const text = textOf(textTree(content, entities)).replaceAll(/\s+/g, " ").trim();
  if (text !== "") return shortened(text);
  if (files.length > 0) return filesText(files);
  const [first] = attachments ?? [];
  return shortened(first?.fallback ?? first?.title ?? first?.text ?? first?.pretext ?? "");
}

const textOf = (nodes: readonly TextNode[]): string =>
  nodes
    .map((node) => {
      if (typeof node === "string") return node;
      const text = textOf(node.children);
      // Blocks are on lines of their own.
      return node.entity.type === "quote" || node.entity.type === "codeBlock" ? ` ${text} ` : text;
    })
    .join("");

const shortened = (text: string): string => {
  const points = [...text];
  return points.length > maxLength ? `${points.slice(0, maxLength).join("")}…` : text;
};

function filesText(files: Message["files"]): string {
  const [first] = files;
  const areImages = files.every(({ type }) => type.startsWith("image/"));
  if (files.length > 1) return `${files.length} ${areImages ? "images" : "files"}`;
  return `${areImages ? "Image" : "File"}: ${first?.name ?? ""}`;
}

/** Returns who wrote a message and where. */
export function titleOf(
  message: Message,
  channel: Pick<Channel, "name" | "type">,
  authorName: string,
): string {
  const { type, name } = channel;
  // A bot chooses the name: it must not be taken for a person.
  const chosen = message.sender?.name;
  const author = chosen === undefined ? authorName : `${chosen} (bot)`;
  const isReply = message.threadId !== null;
  if (type === "direct") return isReply ? `${author} in a thread` : author;
  const place = type === "group" ? "a group conversation" : `#${name}`;
  return isReply ? `${author} in a thread of ${place}` : `${author} in ${place}`;
}

/** Returns the page that shows a message: in its channel, or in its thread. */
export const pathOf = ({
  channelId,
  seq,
  threadId,
}: Pick<Message, "channelId" | "seq" | "threadId">): string =>
  threadId === null
    ? `/c/${channelId}/${seq}`
    : `/c/${channelId}?${new URLSearchParams({ pane: `thread:${channelId}:${threadId}` })}`;
