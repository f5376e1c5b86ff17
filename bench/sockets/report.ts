import { formatNumber, formatRatio } from "../format.ts";
import { median } from "../median.ts";
import { type StackName, stackTitles } from "../stack.ts";
import { type Idle, idleStacks } from "./idle-stacks.ts";
import type { SocketsFigures, Times } from "./measure.ts";

type Table = { title: string; rows: string[][] };

const isolateBytes = 128 * 1024 * 1024;
const kb = (bytes: number): string => formatNumber(bytes / 1_000);

const comparison = (
  title: string,
  name: string,
  { gateway, direct }: Record<"gateway" | "direct", Times>,
): Table => ({
  title,
  rows: [
    ["", "p50 ms", "p99 ms", "p50 ratio", "p99 ratio"],
    ["Gateway socket", formatNumber(gateway.p50Ms), formatNumber(gateway.p99Ms), "1.0 ×", "1.0 ×"],
    [
      name,
      formatNumber(direct.p50Ms),
      formatNumber(direct.p99Ms),
      formatRatio(direct.p50Ms / gateway.p50Ms),
      formatRatio(direct.p99Ms / gateway.p99Ms),
    ],
  ],
});

/** Makes the tables of the section; the first row of each contains the column titles. */
export function socketsTables(figures: SocketsFigures): Table[] {
  const { live, delivery, weights, idle } = figures;
  return [
    comparison(
      "Time from connecting until 50 channels are subscribed",
      "50 sockets, one for each room",
      live,
    ),
    comparison("Time from sender to receiver, who reads 50 channels", "The room's own socket", delivery),
    {
      title: "Memory of a gateway socket",
      rows: [
        ["", "kB per socket, all ends", "kB per channel", "clients in 128 MB, at least"],
        ...weights.map(({ channels, bytesEach }) => [
          `${channels} channels`,
          kb(bytesEach),
          kb(bytesEach / channels),
          String(Math.floor(isolateBytes / bytesEach)),
        ]),
      ],
    },
    idleTable(idle),
  ];
}

export type IdleMedians = Pick<Idle, "openedBytesEach" | "idleBytesEach">;

/** Returns the medians of the rounds; `undefined` if the stack was not measured. */
export function idleMedians(idle: readonly Idle[], stack: StackName): IdleMedians | undefined {
  const own = idle.filter((one) => one.stack === stack);
  if (own.length === 0) return undefined;
  return {
    openedBytesEach: median(own.map(({ openedBytesEach }) => openedBytesEach)),
    idleBytesEach: median(own.map(({ idleBytesEach }) => idleBytesEach)),
  };
}

function idleTable(idle: readonly Idle[]): Table {
  const [first] = idle;
  const base = idleMedians(idle, "ws-floor");
  return {
    title: `${first?.sockets ?? 0} idle sockets in one room`,
    rows: [
      ["", "kB per socket, just opened", `kB per socket, ${first?.idleSeconds ?? 0} s later`, "ratio"],
      ...idleStacks.flatMap((stack) => {
        const own = idleMedians(idle, stack);
        if (!own) return [];
        const ratio = formatRatio(own.idleBytesEach / (base?.idleBytesEach ?? Number.NaN));
        return [[stackTitles[stack], kb(own.openedBytesEach), kb(own.idleBytesEach), ratio]];
      }),
    ],
  };
}
