import { z } from "zod";
import { text } from "./common.ts";

/**
 * What nobody sees in a name: soft hyphens, fillers, marks that reorder text or suppress its joining, and what stands for no character.
 * Joiners, variation selectors and tags are not among them, since letters and emoji are written with them.
 */
const invisible =
  /(?!\p{Variation_Selector}|\u200c|\u200d|[\u{e0020}-\u{e007f}])\p{Default_Ignorable_Code_Point}|[\ufff9-\ufffb]/u;
const joiner = /\u200c|\u200d/;
const selector = /\p{Variation_Selector}/u;
const tag = /[\u{e0020}-\u{e007f}]/u;
/** What only tags may follow: the flag of a region. */
const blackFlag = "\u{1f3f4}";
const blank = /[\s\u2800]/;
const visible = /[^\s\u2800\p{Cc}\p{Default_Ignorable_Code_Point}]/u;

/**
 * Removes from a name what nobody sees, so that two names that look alike are alike. Keeps what shapes a visible character: a joiner between
 * two of them, a variation selector behind one, the tags of a flag.
 */
export function withoutInvisible(name: string): string {
  const kept: string[] = [];
  let inFlag = false;
  let joined = "";
  for (const character of name) {
    if (invisible.test(character)) continue;
    if (joiner.test(character)) {
      joined = character;
      continue;
    }
    const before = kept.at(-1);
    const isShaping = selector.test(character) || tag.test(character);
    if (tag.test(character) && !inFlag) continue;
    if (isShaping && (before === undefined || blank.test(before))) continue;
    if (joined !== "" && before !== undefined && !blank.test(before) && !blank.test(character))
      kept.push(joined);
    joined = "";
    inFlag = character === blackFlag || (inFlag && tag.test(character));
    kept.push(character);
  }
  return kept.join("");
}

/**
 * A name as people type and see it: one line, composed (NFC), without what nobody sees, trimmed. Compatibility forms stay as they are: `①`,
 * `x²` and `／` are other characters than `1`, `x2` and `/`.
 */
export const shownName = (min: number, max: number) =>
  z
    .string()
    .max(8 * max, `Wants ${min} to ${max} characters`)
    .refine((value) => value.isWellFormed(), "May not contain lone surrogates")
    .transform((value) => withoutInvisible(value.normalize("NFC")).trim())
    .pipe(
      text(min, max)
        .refine((value) => !/[\p{Cc}\u2028\u2029]/u.test(value), "May not contain control characters")
        .refine((value) => visible.test(value), "Wants a name that can be seen"),
    )
    .meta({ minLength: min, maxLength: max });
