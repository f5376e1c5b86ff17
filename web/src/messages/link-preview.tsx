import { signal, type Signal } from "@preact/signals";
import {
  getPreview,
  type LinkPreview as Preview,
  type Message,
  type ParleyClient,
} from "../../../src/client/index.ts";
import { useWorkspace } from "../state/context.ts";
import { Link } from "./text.tsx";

/** Previews that were requested in this tab, by address. */
const previews = new Map<string, Signal<Preview | null>>();
const maxPreviews = 500;

/** The preview of the first link of a message, if the server has one. The page itself never contacts the linked site. */
export function LinkPreview({ message: { entities, attachments } }: { message: Message }) {
  const { client } = useWorkspace();
  const found = entities?.find((entity) => entity.type === "link" && entity.url.startsWith("https://"));
  const url = found?.type === "link" && !attachments ? found.url : undefined;
  const preview = url === undefined ? null : requestPreview(client, url).value;
  if (!preview || (!preview.title && !preview.description)) return null;
  return (
    <div class="link-preview">
      {preview.siteName && <div class="muted small">{preview.siteName}</div>}
      {preview.title && (
        <strong dir="auto">
          <Link url={preview.url}>{preview.title}</Link>
        </strong>
      )}
      {preview.description && (
        <div class="small" dir="auto">
          {preview.description.slice(0, 300)}
        </div>
      )}
      {preview.imageUrl && <img src={preview.imageUrl} alt="" loading="lazy" />}
    </div>
  );
}

/** Returns the preview of an address, which is requested once. */
function requestPreview(client: ParleyClient, url: string): Signal<Preview | null> {
  const known = previews.get(url);
  if (known) return known;
  if (previews.size >= maxPreviews) previews.clear();
  const loaded = signal<Preview | null>(null);
  previews.set(url, loaded);
  if (!url.startsWith(`${location.origin}/`))
    client.call(getPreview, { query: { url }, retry: false }).then(
      ({ preview }) => (loaded.value = preview),
      () => previews.delete(url),
    );
  return loaded;
}
