/** The operators of the search, as docs/search.md defines them. */
export const searchOperators = ["from", "in", "has", "is", "before", "after", "on"] as const;
export type SearchOperator = (typeof searchOperators)[number];

/** An operator whose value is being typed. */
export interface TypedOperator {
  operator: SearchOperator;
  /** The value so far, without a leading `@`, `#` or quotation mark. */
  value: string;
  /** The range of the value in the text. */
  start: number;
  end: number;
}

const typed = /(?:^|[\s(-])(from|in|has|is|before|after|on):([@#]?"?)([^\s"]*)$/i;

/** Returns the operator before the cursor, whose value can be completed. */
export function operatorAt(text: string, cursor: number): TypedOperator | null {
  const found = typed.exec(text.slice(0, cursor));
  if (!found) return null;
  const [, name = "", marks = "", value = ""] = found;
  const operator = searchOperators.find((each) => each === name.toLowerCase());
  if (!operator) return null;
  return { operator, value, start: cursor - value.length - marks.length, end: cursor };
}

/** A text and the position of its cursor. */
export interface EditedText {
  text: string;
  cursor: number;
}

/** Inserts an operator at the cursor, separated by spaces from the text on both sides. */
export function insertOperator(text: string, cursor: number, operator: SearchOperator): EditedText {
  const before = text.slice(0, cursor);
  const gap = before === "" || /\s$/.test(before) ? "" : " ";
  const inserted = `${before}${gap}${operator}:`;
  const after = text.slice(cursor);
  return {
    text: inserted + (after === "" || /^\s/.test(after) ? after : ` ${after}`),
    cursor: inserted.length,
  };
}

/** Replaces the value of an operator by a complete one, which is quoted where it contains blanks. */
export function completeOperator(text: string, { start, end }: TypedOperator, value: string): EditedText {
  const quoted = /\s/.test(value) ? `"${value}"` : value;
  const before = `${text.slice(0, start)}${quoted} `;
  return { text: before + text.slice(end).trimStart(), cursor: before.length };
}
