/** Formats a number with three significant figures (two below 10) and thousands separators. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value >= 1_000) return Math.round(Number(value.toPrecision(3))).toLocaleString("en");
  return String(Number(value.toPrecision(value < 10 ? 2 : 3)));
}

/** Formats a ratio with two significant figures (one below 0.1): `1.5 ×`. */
export const formatRatio = (value: number): string =>
  Number.isFinite(value) ? `${value.toPrecision(value < 0.1 ? 1 : 2)} ×` : "–";

/** Formats rows as a text table, each column padded to its widest cell. */
export function table(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) =>
      row.map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join("  "),
    )
    .join("\n");
}

/** Formats rows as a Markdown table; the first row contains the column titles. */
export function markdown(rows: readonly string[][]): string {
  const [head, ...body] = rows as [string[], ...string[][]];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = `|${head.map((_, i) => (i === 0 ? "---" : "---:")).join("|")}|`;
  return [line(head), rule, ...body.map((row) => line(head.map((_, i) => row[i] ?? "")))].join("\n");
}

export const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join("\n");
