import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { shellBlocks } from "../../support/shell-blocks.ts";

test("[DC1] shell blocks need no comments, which interactive zsh rejects", () => {
  const files = globSync(["*.md", "docs/**/*.md"]);
  const commented = files.flatMap((path) =>
    shellBlocks(readFileSync(path, "utf8"))
      .flatMap((block) => block.replaceAll(/<<'(\w+)'\n[^]*?\n\1$/gm, "").split("\n"))
      .filter((line) => /(?:^|\s)#/.test(line))
      .map((line) => `${path}: ${line}`),
  );
  expect(files.length).toBeGreaterThan(5);
  expect(commented).toEqual([]);
});
