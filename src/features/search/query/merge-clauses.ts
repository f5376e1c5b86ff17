import { stemOf } from "../../../text/words.ts";
import type { Alternative, Clause, TextTerm } from "./terms.ts";

/** A term of a query, before or after its operators are resolved. */
type AnyTerm = TextTerm | { kind: string };

/**
 * Removes redundant parts of a query: equal alternatives and clauses, a prefix beside a longer one, a word beside a phrase that
 * contains it. The set of matching messages stays the same. This bounds the number of terms that the index evaluates by the number
 * of different words, however often each was typed.
 */
export function mergeClauses<Term extends AnyTerm>(clauses: readonly Clause<Term>[]): Clause<Term>[] {
  const different = new Map<string, Clause<Term>>();
  for (const clause of clauses) {
    const alternatives = uniqueBy(clause, keyOf);
    const kept = alternatives.filter(
      (one, at) => !alternatives.some((other, otherAt) => at !== otherAt && implies(one, other)),
    );
    const key = kept.map(keyOf).sort().join("|");
    if (!different.has(key)) different.set(key, kept);
  }
  const merged = [...different.values()];
  return merged.filter(
    (clause) =>
      !merged.some((other) => {
        const [one, stronger] = [clause[0], other[0]];
        return (
          other !== clause &&
          clause.length === 1 &&
          other.length === 1 &&
          one !== undefined &&
          stronger !== undefined &&
          implies(stronger, one)
        );
      }),
  );
}

function uniqueBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.toReversed().map((item) => [key(item), item])).values()].toReversed();
}

function keyOf<Term extends AnyTerm>({ negated, term }: Alternative<Term>): string {
  const text = textOf(term);
  const key = text?.stemmed ? { ...text, words: [stemOf(text.words[0] ?? "")] } : term;
  return `${negated ? "-" : "+"}${JSON.stringify(key)}`;
}

/** Whether every message that matches `one` also matches `other`. */
function implies<Term extends AnyTerm>(one: Alternative<Term>, other: Alternative<Term>): boolean {
  const [first, second] = [textOf(one.term), textOf(other.term)];
  if (!first || !second || one.negated !== other.negated) return false;
  return one.negated ? contains(second, first) : contains(first, second);
}

const textOf = (term: AnyTerm): TextTerm | undefined =>
  term.kind === "text" ? (term as TextTerm) : undefined;

/** Whether every text that contains `whole` also contains `part`. */
function contains(whole: TextTerm, part: TextTerm): boolean {
  if (whole.stemmed) return false;
  const last = whole.words.length - 1;
  const isBegun = (at: number): boolean => whole.prefix && at === last;
  if (part.stemmed) {
    const stem = stemOf(part.words[0] ?? "");
    return whole.words.some((word, at) => !isBegun(at) && (word === stem || stemOf(word) === stem));
  }
  return whole.words.some((_, from) =>
    part.words.every((word, offset) => {
      const at = from + offset;
      const found = whole.words[at];
      if (found === undefined) return false;
      return part.prefix && offset === part.words.length - 1
        ? found.startsWith(word)
        : found === word && !isBegun(at);
    }),
  );
}
