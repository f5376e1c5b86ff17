/**
 * `BROWSER_SCALE=full` checks every view in every form, the longest history, and the budgets of time and memory, which need a machine without other
 * load; all pages have a service worker. By default each kind of view is checked once, and pages have one where a test needs it.
 */
export const isFullScale = process.env["BROWSER_SCALE"] === "full";
