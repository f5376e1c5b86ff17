import { existsSync } from "node:fs";

const candidates = [
  process.env["CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** Path of an installed Chromium; undefined if there is none, and tests that need one are skipped. */
export const chromiumPath = candidates.find((path) => path !== undefined && existsSync(path));
if (!chromiumPath)
  console.log("Tests in a real browser are skipped: install Chromium, or set CHROMIUM to its path.");
