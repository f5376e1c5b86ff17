const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const oneEmoji = /^\p{RGI_Emoji}$/v;

/**
 * Returns the number of emoji of a text that has nothing else but white space; undefined for any other text. Each visible character is
 * tested alone: an expression for the whole text would try each way to split sequences such as a hand with a skin tone, 2ⁿ for n of them.
 */
export function countEmoji(text: string): number | undefined {
  let count = 0;
  for (const { segment } of graphemes.segment(text)) {
    if (segment.trim() === "") continue;
    if (!oneEmoji.test(segment)) return undefined;
    count++;
  }
  return count;
}
