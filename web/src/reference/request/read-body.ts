/** The body of a response for display. */
export type ShownBody =
  | { kind: "none" }
  | { kind: "text"; text: string; isTruncated: boolean }
  /** Not text, so its bytes are not shown. */
  | { kind: "binary"; type: string };

/** At most so many bytes of a body are read. */
export const maxShownBytes = 100_000;

/**
 * Reads a body for display: JSON is indented, a body over `maxShownBytes` is cut off and the rest is not downloaded.
 *
 * @throws TypeError when the connection is lost
 */
export async function readBody(response: Response): Promise<ShownBody> {
  const type = response.headers.get("Content-Type") ?? "";
  const isJson = /[/+]json(?:$|;)/.test(type);
  const isText = isJson || type === "" || /^text\/|[/+](?:xml|jsonl|javascript)(?:$|;)/.test(type);
  if (!response.body) return { kind: "none" };
  if (!isText) {
    await response.body.cancel();
    return { kind: "binary", type };
  }
  const { bytes, isTruncated } = await readStart(response.body);
  if (bytes.length === 0) return { kind: "none" };
  // A character that is cut off at the end would be shown as a replacement character; `stream` omits it.
  const text = new TextDecoder().decode(bytes, { stream: isTruncated });
  return { kind: "text", text: isJson && !isTruncated ? indented(text) : text, isTruncated };
}

async function readStart(
  stream: ReadableStream<Uint8Array>,
): Promise<{ bytes: Uint8Array; isTruncated: boolean }> {
  const reader = stream.getReader();
  const bytes = new Uint8Array(maxShownBytes);
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { bytes: bytes.subarray(0, length), isTruncated: false };
    const part = value.subarray(0, maxShownBytes - length);
    bytes.set(part, length);
    length += part.length;
    if (part.length < value.length) {
      await reader.cancel();
      return { bytes, isTruncated: true };
    }
  }
}

/** Indents a JSON text; returns a text that is not JSON as it is. */
function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
