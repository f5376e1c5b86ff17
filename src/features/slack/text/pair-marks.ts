/** A mark that may start or end a style. */
export interface StyleMark {
  text: string;
  opens: boolean;
  closes: boolean;
  /** Set by `pairMarks`. */
  isPaired?: true;
}

/** Sets `isPaired` of the marks of a line that form pairs. Styles nest; of two that overlap, the inner mark has no partner. Takes linear time. */
export function pairMarks(marks: Iterable<StyleMark>): void {
  const open: StyleMark[] = [];
  const openCount = new Map<string, number>();
  const add = (text: string, difference: number): void => {
    openCount.set(text, (openCount.get(text) ?? 0) + difference);
  };
  for (const mark of marks) {
    if (mark.closes && (openCount.get(mark.text) ?? 0) > 0) {
      for (let opener = open.pop(); opener; opener = open.pop()) {
        add(opener.text, -1);
        if (opener.text !== mark.text) continue;
        opener.isPaired = mark.isPaired = true;
        break;
      }
    } else if (mark.opens) {
      open.push(mark);
      add(mark.text, 1);
    }
  }
}
