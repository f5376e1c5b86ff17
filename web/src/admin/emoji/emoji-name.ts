const maxLength = 32;

/** Returns a valid name of an emoji that resembles the name of a file; empty if there is none. */
export function emojiNameOf(fileName: string): string {
  return fileName
    .replace(/\.[^.]*$/, "")
    .toLowerCase()
    .replace(/[^a-z0-9_+-]+/g, "_")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, maxLength)
    .replace(/_+$/, "");
}
