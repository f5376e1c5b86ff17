/** A word or phrase that a text is searched for. */
export interface TextTerm {
  kind: "text";
  /** At least one word; several are a phrase. */
  words: string[];
  /** Whether the last word matches as a prefix. */
  prefix: boolean;
  /** Whether the word is compared by its stem; only for a single whole word. */
  stemmed: boolean;
}

export const operators = ["in", "from", "has", "is", "before", "after", "on"] as const;
export type OperatorName = (typeof operators)[number];

/** An operator with its value as it was typed. */
export interface OperatorTerm {
  kind: "operator";
  name: OperatorName;
  value: string;
}

export type Flag = "has_file" | "has_link" | "has_reaction" | "in_thread" | "pinned";

/** A condition on a message other than its text: an operator whose value was resolved. */
export type Filter =
  | { kind: "author"; userId: string }
  | { kind: "channels"; nos: number[] }
  | { kind: "flag"; flag: Flag }
  /** Milliseconds; `fromMs` is inclusive, `toMs` exclusive. */
  | { kind: "time"; fromMs: number; toMs: number };

export interface Alternative<Term> {
  negated: boolean;
  term: Term;
}

/** A `TextTerm` that is compared with the stored text of each candidate message instead of being looked up in the full-text index. */
export type ScanTerm = Omit<TextTerm, "kind"> & { kind: "scan" };

/** A clause holds if at least one of its alternatives does. */
export type Clause<Term> = Alternative<Term>[];

export type ParsedClause = Clause<TextTerm | OperatorTerm>;
export type SearchClause = Clause<TextTerm | ScanTerm | Filter>;

/** Returns the term of a clause that has one alternative, which is not negated; otherwise `undefined`. */
export const soleTerm = <Term>([first, second]: Clause<Term>): Term | undefined =>
  first && !second && !first.negated ? first.term : undefined;
