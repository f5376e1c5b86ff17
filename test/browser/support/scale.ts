/** `BROWSER_SCALE=full` checks every view in every form, and the longest history; by default each kind once. */
export const isFullScale = process.env["BROWSER_SCALE"] === "full";

/** What the budgets allow beyond what is promised while other programs use the machine: `full` needs an idle one. */
export const budgets = isFullScale
  ? { journeyMs: 300, inputMs: 50, memory: 1.1 }
  : { journeyMs: 2_000, inputMs: 200, memory: 1.3 };
