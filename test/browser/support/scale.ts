/**
 * `BROWSER_SCALE=full` checks every view in every form, the longest history, and the budgets of time and memory, which need a machine without other
 * load. By default each kind of view is checked once.
 */
export const isFullScale = process.env["BROWSER_SCALE"] === "full";
