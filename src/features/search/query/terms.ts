/** What is looked for in a text. */
export interface TextTerm {
  kind: "text";
  /** At least one. Several: they follow each other. */
  words: string[];
  /** The last of the words is the beginning of one. */
  prefix: boolean;
  /** Compared by their stems; else as it is. Only where there is one word, and all of it. */
  stemmed: boolean;
}

export const operators = ["in", "from", "has", "is", "before", "after", "on"] as const;
export type OperatorName = (typeof operators)[number];

/** An operator as it was typed. */
export interface OperatorTerm {
  kind: "operator";
  name: OperatorName;
  value: string;
}

export type Flag = "has_file" | "has_link" | "has_reaction" | "in_thread" | "pinned";

/** What an operator asks of a message. */
export type Filter =
  | { kind: "author"; userId: string }
  | { kind: "channels"; nos: number[] }
  | { kind: "flag"; flag: Flag }
  /** From, and to before; milliseconds. */
  | { kind: "time"; fromMs: number; toMs: number };

export interface Alternative<Term> {
  negated: boolean;
  term: Term;
}

/** As `TextTerm`, but compared with the stored text of each message that comes into question, in place of the full-text index. */
export type ScanTerm = Omit<TextTerm, "kind"> & { kind: "scan" };

/** Of each clause, one alternative has to hold. */
export type Clause<Term> = Alternative<Term>[];

export type ParsedClause = Clause<TextTerm | OperatorTerm>;
export type SearchClause = Clause<TextTerm | ScanTerm | Filter>;

/** The one term of a clause that has no other alternatives, and wants it to hold. */
export const soleTerm = <Term>([first, second]: Clause<Term>): Term | undefined =>
  first && !second && !first.negated ? first.term : undefined;
