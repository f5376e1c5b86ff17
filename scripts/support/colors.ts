import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];
export type Colorize = (style: Style, text: string) => string;

/** Colours for a terminal, or none: `--no-color`, NO_COLOR and pipes are respected, FORCE_COLOR is too. */
export function colorizer(wanted: boolean): Colorize {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== "0";
  const enabled = wanted && !NO_COLOR && (forced || process.stdout.isTTY);
  return (style, text) => (enabled ? styleText(style, text, { validateStream: false }) : text);
}
