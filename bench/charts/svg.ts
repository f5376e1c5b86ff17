/** One bar of a group. */
export type Bar = { series: number; value: number };

export type Group = { label: string; bars: Bar[] };

/** A part of a chart with its own scale. */
export type Panel = { title: string; groups: Group[] };

export type Chart = {
  title: string;
  /** The unit, and what is better. */
  subtitle: string;
  /** The names of the series; a bar refers to one by its index, which is also its colour. */
  series: string[];
  panels: Panel[];
  /** Processor, versions and date. */
  footer: string[];
  format(value: number): string;
};

const width = 760;
const margin = 20;
const labelWidth = 210;
const valueWidth = 80;
const barHeight = 13;
const barGap = 3;
const groupGap = 12;
const barLeft = margin + labelWidth;
const barRoom = width - barLeft - valueWidth - margin;

/** The chart has its own background, so that it is readable wherever it is embedded; its colours follow the reader's scheme. */
const style = `
.b{fill:#fff;stroke:#d0d7de}.t,.l,.v{fill:#1f2328}.s,.f{fill:#59636e}
.c0{fill:#0969da}.c1{fill:#8c959f}.c2{fill:#bf8700}
text{font:12px system-ui,-apple-system,"Segoe UI",sans-serif}.t{font-size:16px;font-weight:600}.p{font-weight:600}.f{font-size:11px}
@media (prefers-color-scheme:dark){.b{fill:#0d1117;stroke:#3d444d}.t,.l,.v{fill:#f0f6fc}.s,.f{fill:#9198a1}
.c0{fill:#4493f8}.c1{fill:#6e7681}.c2{fill:#d29922}}`;

/** Draws a chart of horizontal bars as SVG. */
export function svgOf({ title, subtitle, series, panels, footer, format }: Chart): string {
  const parts: string[] = [];
  const text = (x: number, y: number, kind: string, content: string, anchor = "start"): void =>
    void parts.push(
      `<text x="${round(x)}" y="${round(y)}" class="${kind}"${anchor === "start" ? "" : ` text-anchor="${anchor}"`}>${escape(content)}</text>`,
    );
  const rect = (x: number, y: number, w: number, h: number, kind: string): void =>
    void parts.push(
      `<rect x="${round(x)}" y="${round(y)}" width="${round(w)}" height="${round(h)}" rx="2" class="${kind}"/>`,
    );

  text(margin, 34, "t", title);
  text(margin, 54, "s", subtitle);
  let legendX = margin;
  series.forEach((name, index) => {
    rect(legendX, 66, 11, 11, `c${index}`);
    text(legendX + 16, 76, "l", name);
    legendX += 16 + name.length * 6.6 + 20;
  });
  let y = 92;
  for (const { title: panelTitle, groups } of panels) {
    if (panelTitle !== "") {
      y += 16;
      text(margin, y, "l p", panelTitle);
      y += 8;
    }
    const largest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)), 0);
    for (const { label, bars } of groups) {
      const height = bars.length * (barHeight + barGap) - barGap;
      text(barLeft - 10, y + height / 2 + 4, "l", label, "end");
      for (const { series: index, value } of bars) {
        const length = largest === 0 ? 0 : Math.max(1.5, (value / largest) * barRoom);
        rect(barLeft, y, length, barHeight, `c${index}`);
        text(barLeft + length + 6, y + barHeight - 2, "v", format(value));
        y += barHeight + barGap;
      }
      y += groupGap - barGap;
    }
  }
  y += 8;
  for (const line of footer) {
    y += 15;
    text(margin, y, "f", line);
  }
  const height = Math.ceil(y + 16);
  const description = `${title}. ${subtitle}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(description)}">
<style>${style}
</style>
<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8" class="b"/>
${parts.join("\n")}
</svg>
`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
