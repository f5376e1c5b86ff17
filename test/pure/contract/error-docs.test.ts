import { URL } from "node:url";
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import {
  errorHtml,
  errorMarkdown,
  errorsDocument,
  escapeHtml,
} from "../../../src/features/contract/error-pages.ts";
import { errorCatalog, errorCodes } from "../../../src/protocol/index.ts";

describe("docs/errors.md", () => {
  test("matches the current catalogue", async () => {
    const committed = await readFile(new URL("../../../docs/errors.md", import.meta.url), "utf8");
    expect(committed === errorsDocument(), "docs/errors.md is stale: npm run docs").toBe(true);
  });

  test("has a section for every code", () => {
    const sections = [...errorsDocument().matchAll(/^## (\w+)$/gm)].map(([, code]) => code);
    expect(sections).toEqual(errorCodes);
  });
});

describe.each(errorCodes)("page of %s", (code) => {
  const { status, title } = errorCatalog[code];

  test("has its description in HTML", () => {
    const html = errorHtml(code);
    expect(html).toContain(`<h1><code>${code}</code></h1>`);
    expect(html).toContain(`HTTP status ${status}`);
    expect(html).toContain(`<title>${code}: ${title}</title>`);
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html).toContain(`<a href="/errors/${code}" aria-current="page">`);
  });

  test("has no script, no stray backtick and no unclosed element", () => {
    const html = errorHtml(code);
    expect(html).not.toMatch(/<script|javascript:|\son\w+=|`/i);
    for (const element of ["code", "p", "li", "ul", "main", "nav", "strong", "a"]) {
      const opened = html.match(new RegExp(`<${element}[ >]`, "g"))?.length;
      expect(html.match(new RegExp(`</${element}>`, "g"))?.length, element).toBe(opened);
    }
  });

  test("has the same content in Markdown", () => {
    const markdown = errorMarkdown(code);
    expect(markdown).toMatch(new RegExp(`^# ${code}\n`));
    expect(markdown).toContain(errorCatalog[code].help);
  });
});

test("text is escaped for HTML", () => {
  expect(escapeHtml(`<b title="a" id='b'>&</b>`)).toBe(
    "&lt;b title=&quot;a&quot; id=&#39;b&#39;&gt;&amp;&lt;/b&gt;",
  );
});
