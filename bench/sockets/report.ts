import { formatNumber, formatRatio } from "../report.ts";
import type { StackName } from "../stack.ts";
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
export function socketsTables(figures: SocketsFigures, titles: ReadonlyMap<StackName, string>): Table[] {
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
    {
      title: `${idle[0]?.sockets ?? 0} idle sockets in one room`,
      rows: [
        ["", "kB per socket, just opened", "kB per socket, 15 s later"],
        ...idle.map(({ stack, awakeBytesEach, asleepBytesEach }) => [
          titles.get(stack) ?? stack,
          kb(awakeBytesEach),
          kb(asleepBytesEach),
        ]),
      ],
    },
  ];
}
