import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

/** What the web client may import of the server's source. */
const library: ReadonlySet<string> = new Set([
  "src/client/index.ts",
  "src/client/cookie-session.ts",
  "src/client/message-window.ts",
  "src/client/upload.ts",
]);
const packages = /^(?:parley\/client|preact(?:\/hooks)?|@preact\/signals|idb)$/;

test("the web client imports the client library and nothing else of the server", () => {
  const files = globSync("web/src/**/*.{ts,tsx}");
  expect(files.length).toBeGreaterThan(50);
  const problems = files.flatMap((file) => {
    const text = readFileSync(file, "utf8");
    const imports = [...text.matchAll(/^(?:import|export) [^;]*?from "([^"]+)"|\bimport\("([^"]+)"\)/gm)].map(
      (match) => match[1] ?? match[2] ?? "",
    );
    return imports
      .filter((name) => {
        if (!name.startsWith(".")) return !packages.test(name);
        const target = normalize(join(dirname(file), name));
        return !target.startsWith("web/src/") && !library.has(target);
      })
      .map((name) => `${file}: ${name}`);
  });
  expect(problems).toEqual([]);
});

test("the web client makes no markup and runs no text as code", () => {
  const forbidden =
    /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(|new Function/;
  const problems = globSync("web/src/**/*.{ts,tsx}").filter((file) =>
    forbidden.test(readFileSync(file, "utf8")),
  );
  expect(problems).toEqual([]);
});
