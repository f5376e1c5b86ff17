import type { VNode } from "preact";
import type { Group } from "../contract/entries.ts";
import { Introduction } from "./introduction.tsx";
import { Markdown } from "./markdown.tsx";
import { MessagePage } from "./message-page.tsx";
import { OperationPage } from "./operation-page.tsx";
import { useReference } from "./reference-context.ts";
import { linkTo, realtimeGuideId } from "./use-hash.ts";

/** The content of the page for the id in the URL. Only this entry is rendered. */
export function EntryPage({ id, groups }: { id: string; groups: readonly Group[] }): VNode {
  const { contract, entries } = useReference();
  if (id === "") return <Introduction groups={groups} />;
  if (id === realtimeGuideId && contract.asyncApi)
    return <Markdown text={contract.asyncApi.info.description ?? ""} />;
  const entry = entries.get(id);
  if (entry?.kind === "operation") return <OperationPage key={id} entry={entry} />;
  if (entry?.kind === "message") return <MessagePage key={id} entry={entry} />;
  return (
    <p>
      This server has no operation with this name. Search for another one, or go to the{" "}
      <a href={linkTo("")}>introduction</a>.
    </p>
  );
}

/** Returns the heading of the page for an id. */
export function titleOf(id: string, entries: ReturnType<typeof useReference>["entries"]): string {
  if (id === "") return "API reference";
  if (id === realtimeGuideId) return "Sockets";
  return entries.get(id)?.title ?? "Not found";
}
