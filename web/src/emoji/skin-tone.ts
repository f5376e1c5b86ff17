import { signal } from "@preact/signals";

/** The skin tones of Unicode, the default one first, which adds nothing. */
export const skinTones = [
  { tone: "", label: "Default skin tone" },
  { tone: "🏻", label: "Light skin tone" },
  { tone: "🏼", label: "Medium-light skin tone" },
  { tone: "🏽", label: "Medium skin tone" },
  { tone: "🏾", label: "Medium-dark skin tone" },
  { tone: "🏿", label: "Dark skin tone" },
] as const;
export type SkinTone = (typeof skinTones)[number]["tone"];

const key = "parley.skinTone";
const stored = globalThis.localStorage?.getItem(key);

/** The skin tone that the user chose on this device. */
export const skinTone = signal<SkinTone>(skinTones.find(({ tone }) => tone === stored)?.tone ?? "");

export function setSkinTone(chosen: SkinTone): void {
  skinTone.value = chosen;
  localStorage.setItem(key, chosen);
}

/** Matches each person in an emoji, with the variation selector that a skin tone replaces. It skips the handshake between two people, which takes no skin tone. */
const person = /(?<!\u200D(?=🤝))(\p{Emoji_Modifier_Base})\uFE0F?/gu;

/** Returns an emoji that has skin tones in one of them. */
export const withTone = (emoji: string, tone: SkinTone): string =>
  tone === "" ? emoji : emoji.replaceAll(person, `$1${tone}`);

/** Returns an emoji without skin tones and variation selectors, to compare it. */
export const withoutTone = (emoji: string): string => emoji.replaceAll(/\p{Emoji_Modifier}|\uFE0F/gu, "");
