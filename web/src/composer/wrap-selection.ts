/** The marks of the shortcuts, as docs/formatting.md defines them. */
const marks: Record<string, string> = { b: "**", i: "_", e: "`" };

/**
 * Applies the shortcuts for bold (Ctrl or ⌘ with B), italic (I) and code (E) to the selection of a text area. Returns whether the key was
 * one of them; the text of the area has changed then.
 */
export function wrapSelection(event: KeyboardEvent): boolean {
  const mark =
    (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && marks[event.key.toLowerCase()];
  if (!mark) return false;
  event.preventDefault();
  const area = event.currentTarget as HTMLTextAreaElement;
  const { selectionStart: start, selectionEnd: end, value } = area;
  area.setRangeText(`${mark}${value.slice(start, end)}${mark}`, start, end, "preserve");
  area.setSelectionRange(start + mark.length, end + mark.length);
  return true;
}
