import { decodeHTML, decodeHTMLAttribute } from "entities/decode";
import { cleanLabel } from "../../protocol/labels.ts";
import type { FetchedBytes } from "./fetch-page.ts";

/** The metadata of a page, in plain text. A field that the page does not have is absent. */
export interface PageMetadata {
  title?: string;
  description?: string;
  siteName?: string;
  /** As the page has it: maybe relative, maybe no URL. */
  image?: string;
}

/** The longest texts, in code points. Sources are cut to four times as many UTF-16 units before they are cleaned. */
const maxLength = { title: 300, description: 1_000, siteName: 100 };
const maxImageLength = 2_048;
/** The title is read up to this length, in UTF-16 units. */
const maxTitleSource = 4 * maxLength.title;

const properties: Readonly<Record<string, keyof PageMetadata>> = {
  "og:title": "title",
  "og:description": "description",
  "og:site_name": "siteName",
  "og:image": "image",
  "og:image:url": "image",
  "og:image:secure_url": "image",
};

/** Returns whether a response is a page, by its media type. */
export const isPage = ({ contentType }: FetchedBytes): boolean =>
  /^(?:text\/html|application\/xhtml\+xml)\s*(?:;|$)/.test(contentType);

/**
 * Reads the OpenGraph properties and the title of a page with the runtime's HTML parser. The first of several equal properties counts. Nothing of
 * the page is executed, and no further resource is loaded.
 */
export async function readMetadata(page: FetchedBytes): Promise<PageMetadata> {
  const found: PageMetadata = {};
  let title = "";
  let isTitleComplete = false;
  const rewriter = new HTMLRewriter()
    .on("meta", {
      element(element) {
        const name = element.getAttribute("property") ?? element.getAttribute("name") ?? "";
        const key = Object.hasOwn(properties, name) ? properties[name] : undefined;
        const content = element.getAttribute("content");
        if (key && content && found[key] === undefined) found[key] = decodeHTMLAttribute(content);
      },
    })
    .on("title", {
      text(chunk) {
        if (!isTitleComplete && title.length < maxTitleSource) title += chunk.text;
        if (chunk.lastInTextNode) isTitleComplete = true;
      },
    });
  try {
    const headers = { "Content-Type": "text/html; charset=utf-8" };
    const parsed = rewriter.transform(new Response(decodePage(page), { headers }));
    for await (const _ of parsed.body ?? []);
  } catch {
    // The parser fails at tokens beyond its memory limit. What it found before counts.
  }
  return {
    ...cleaned("title", found.title ?? decodeHTML(title)),
    ...cleaned("description", found.description),
    ...cleaned("siteName", found.siteName),
    ...(found.image && found.image.length <= maxImageLength && { image: found.image.trim() }),
  };
}

function cleaned(
  key: "title" | "description" | "siteName",
  source: string | undefined,
): Partial<PageMetadata> {
  if (source === undefined) return {};
  const max = maxLength[key];
  const line = source
    .slice(0, 4 * max)
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}]+/gu, " ");
  const text = [...cleanLabel(line)].slice(0, max).join("").trim();
  return text === "" ? {} : { [key]: text };
}

/** The charset of a media type or a `<meta>` element. */
const charset = /charset ?= ?["']?([\w:.-]{2,40})/i;

/** Decodes a page by its byte order mark, the charset of its media type, or that of its beginning; otherwise as UTF-8. */
function decodePage({ bytes, contentType }: FetchedBytes): string {
  const beginning = Buffer.from(bytes.subarray(0, 1_024)).toString("latin1");
  const declared =
    charsetOfMark(bytes) ??
    charset.exec(contentType)?.[1] ??
    (beginning.includes("<meta") ? charset.exec(beginning)?.[1] : undefined) ??
    "utf-8";
  try {
    return new TextDecoder(declared).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

function charsetOfMark([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return undefined;
}
