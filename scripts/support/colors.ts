import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];
/** Styles a text for a terminal, or returns it unchanged. */
export type Colorize = (style: Style, text: string) => string;

/**
 * Returns a function that styles text for a terminal.
 *
 * @param wanted - false for `--no-color`; NO_COLOR and output to a pipe also disable colours, FORCE_COLOR enables them in a pipe
 */
export function colorizer(wanted: boolean): Colorize {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== "0";
  const enabled = wanted && !NO_COLOR && (forced || process.stdout.isTTY);
  return (style, text) => (enabled ? styleText(style, text, { validateStream: false }) : text);
}
