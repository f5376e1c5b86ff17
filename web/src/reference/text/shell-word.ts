/**
 * Quotes a text as one word of a POSIX shell: nothing in it is expanded (POSIX.1-2017, Shell Command Language, 2.2.2). A text that needs no quotes
 * is returned as it is. NUL, which no argument of a program can contain, is removed.
 */
export function shellWord(text: string): string {
  const word = text.replaceAll("\0", "");
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
