import type { Section } from "./emoji-sections.ts";

/** The heights of the grid's lines, in CSS pixels. */
export const headingHeight = 30;
export const cellSize = 40;

/** A row of cells. */
export interface GridRow {
  section: number;
  /** The index of its first cell among all cells, and their number. */
  from: number;
  count: number;
  /** Its distance from the top of the grid, in CSS pixels. */
  top: number;
}

/** Where everything in the grid is, so that only what is visible needs to be rendered. */
export interface Grid {
  rows: readonly GridRow[];
  /** The distance of each section's heading from the top, in CSS pixels. */
  headings: readonly number[];
  height: number;
  cells: number;
}

/** Arranges the emoji of all sections in rows of a number of columns. */
export function layOut(sections: readonly Pick<Section, "choices">[], columns: number): Grid {
  const rows: GridRow[] = [];
  const headings: number[] = [];
  let top = 0;
  let cells = 0;
  for (const [section, { choices }] of sections.entries()) {
    headings.push(top);
    top += headingHeight;
    for (let from = 0; from < choices.length; from += columns) {
      const count = Math.min(columns, choices.length - from);
      rows.push({ section, from: cells, count, top });
      cells += count;
      top += cellSize;
    }
  }
  return { rows, headings, height: top, cells };
}

/** Returns the rows that are in a range of heights, and one more at both ends. */
export const visibleRows = ({ rows }: Grid, top: number, bottom: number): GridRow[] =>
  rows.filter((row) => row.top + 2 * cellSize > top && row.top - cellSize < bottom);

/** Returns the section at a height. */
export function sectionAt({ headings }: Grid, top: number): number {
  const following = headings.findIndex((heading) => heading > top);
  return following < 0 ? headings.length - 1 : Math.max(0, following - 1);
}

/** How many rows Page Up and Page Down move. */
const pageRows = 5;

/** Returns the cell to which a key leads from another one; undefined for other keys. */
export function cellAfterKey({ rows, cells }: Grid, cell: number, key: string): number | undefined {
  const at = rows.findIndex(({ from, count }) => cell < from + count);
  const row = rows[at];
  if (!row) return undefined;
  const column = cell - row.from;
  const inRow = (index: number): number => {
    const target = rows[Math.min(Math.max(index, 0), rows.length - 1)] ?? row;
    return target.from + Math.min(column, target.count - 1);
  };
  switch (key) {
    case "ArrowLeft":
      return Math.max(0, cell - 1);
    case "ArrowRight":
      return Math.min(cells - 1, cell + 1);
    case "ArrowUp":
      return inRow(at - 1);
    case "ArrowDown":
      return inRow(at + 1);
    case "PageUp":
      return inRow(at - pageRows);
    case "PageDown":
      return inRow(at + pageRows);
    case "Home":
      return row.from;
    case "End":
      return row.from + row.count - 1;
    default:
      return undefined;
  }
}
