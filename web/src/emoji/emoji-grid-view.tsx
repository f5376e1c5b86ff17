import { cellSize, type Grid, headingHeight, visibleRows } from "./emoji-grid.ts";
import type { Choice, Section } from "./emoji-sections.ts";

interface EmojiGridProps {
  /** The prefix of the elements' ids. */
  id: string;
  grid: Grid;
  sections: readonly Section[];
  /** The emoji of all sections. */
  choices: readonly Choice[];
  columns: number;
  /** The cell that Enter chooses. */
  active: number;
  /** How far the grid is scrolled, in CSS pixels. */
  scrolled: number;
  onActive: (cell: number) => void;
  onChoose: (choice: Choice) => void;
}

/** The height of the visible part at most, in CSS pixels. */
const visibleHeight = 400;

/** The emoji below the headings of their sections. Rows outside of the visible part are not rendered; the grid has its whole height. */
export function EmojiGrid(props: EmojiGridProps) {
  const { id, grid, sections, choices, columns, active, scrolled, onActive, onChoose } = props;
  const rows = visibleRows(grid, scrolled, scrolled + visibleHeight);
  const shownSections = [...new Set(rows.map(({ section }) => section))];
  return (
    <div
      id={`${id}-grid`}
      class="emoji-grid"
      role="grid"
      aria-label="Emoji"
      aria-rowcount={grid.rows.length}
      aria-colcount={columns}
      style={{
        height: `${grid.height}px`,
        "--columns": columns,
        "--cell": `${cellSize}px`,
        "--heading": `${headingHeight}px`,
      }}
    >
      {shownSections.map((section) => (
        <div key={section} role="rowgroup" aria-label={sections[section]?.title}>
          <div class="emoji-heading" aria-hidden="true" style={{ top: `${grid.headings[section]}px` }}>
            {sections[section]?.title}
          </div>
          {rows
            .filter((row) => row.section === section)
            .map(({ from, count, top }) => (
              <div
                key={from}
                class="emoji-row"
                role="row"
                aria-rowindex={grid.rows.findIndex((row) => row.from === from) + 1}
                style={{ top: `${top}px` }}
              >
                {choices.slice(from, from + count).map((choice, column) => (
                  <button
                    key={choice.value}
                    type="button"
                    role="gridcell"
                    id={`${id}-${from + column}`}
                    class="emoji-cell"
                    tabIndex={-1}
                    aria-label={choice.label}
                    aria-colindex={column + 1}
                    aria-selected={from + column === active}
                    // The search field keeps the focus.
                    onMouseDown={(event) => event.preventDefault()}
                    onMouseMove={() => onActive(from + column)}
                    onClick={() => onChoose(choice)}
                  >
                    <ChoicePicture choice={choice} />
                  </button>
                ))}
              </div>
            ))}
        </div>
      ))}
    </div>
  );
}

/** The emoji itself, or its image. */
export const ChoicePicture = ({ choice: { value, imageUrl } }: { choice: Choice }) =>
  imageUrl ? <img src={imageUrl} alt="" loading="lazy" /> : <span>{value}</span>;
