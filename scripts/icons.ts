import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { runCommand } from "./support/command.ts";
import { repositoryRoot } from "./support/paths.ts";

const help = `
Draws the PNG icons in web/public from web/public/icon.svg and web/icons. Run it after a change of those.

Usage: node scripts/icons.ts

It needs Chromium: /usr/bin/chromium, or the path in the environment variable CHROMIUM.
`;

/** The icons by file name: their source, and their size in pixels. */
const icons = {
  "icon-192.png": { source: "public/icon.svg", size: 192 },
  "icon-512.png": { source: "public/icon.svg", size: 512 },
  // Platforms cut these to shapes of their own: what matters is within a circle of 80 % of the width.
  "icon-maskable-512.png": { source: "icons/maskable.svg", size: 512 },
  "apple-touch-icon.png": { source: "icons/maskable.svg", size: 180 },
  // Android colours the shape of the icon in its status bar.
  "badge-96.png": { source: "icons/badge.svg", size: 96 },
} as const;

await runCommand(help, async (argv) => {
  parseArgs({ args: argv, options: {} });
  const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    for (const [name, { source, size }] of Object.entries(icons)) {
      const page = await browser.newPage({ viewport: { width: size, height: size } });
      const svg = readFileSync(join(repositoryRoot, "web", source), "utf8");
      await page.setContent(`<style>body { margin: 0 } svg { display: block; width: 100vw }</style>${svg}`);
      writeFileSync(
        join(repositoryRoot, "web/public", name),
        await page.screenshot({ omitBackground: true }),
      );
      await page.close();
    }
  } finally {
    await browser.close();
  }
});
