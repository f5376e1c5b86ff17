import { errorCatalog, type ErrorCode, errorCodes } from "../../protocol/index.ts";

/** Renders the documentation of an error code as an HTML page, without scripts and in the browser's color scheme. */
export function errorHtml(code: ErrorCode): string {
  const { status, title, help } = errorCatalog[code];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${code}: ${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1><code>${code}</code></h1>
<p><strong>${withCode(title)}.</strong> HTTP status ${status}.</p>
<p>${withCode(help)}</p>
<p>${withCode(advice(code))}</p>
</main>
<nav aria-labelledby="others">
<h2 id="others">All error codes</h2>
<ul>
${errorCodes.map((other) => `<li><a href="/errors/${other}"${other === code ? ' aria-current="page"' : ""}>${other}</a></li>`).join("\n")}
</ul>
</nav>
</body>
</html>
`;
}

/** Renders the documentation of an error code as Markdown, for terminals and agents. */
export const errorMarkdown = (code: ErrorCode): string => `# ${code}\n\n${section(code)}`;

/** Renders `docs/errors.md`, with a section for every code. `npm run docs` writes the file. */
export const errorsDocument = (): string => `<!-- Written by \`npm run docs\` from src/protocol/errors.ts. -->

# Errors

Every error is a problem (RFC 9457, \`application/problem+json\`). Its \`type\` is \`/errors/<code>\`, a page on which a running server returns
the text below. The \`requestId\` identifies the request in the server's log. On a socket, the same object is the \`error\` of an \`error\` envelope.

| Code | Status | The same request may succeed later |
|---|---|---|
${errorCodes.map((code) => `| [\`${code}\`](#${code}) | ${errorCatalog[code].status} | ${errorCatalog[code].retry ? "yes" : "no"} |`).join("\n")}

${errorCodes.map((code) => `## ${code}\n\n${section(code)}`).join("\n")}`;

function section(code: ErrorCode): string {
  const { status, title, help } = errorCatalog[code];
  return `**${title}.** HTTP status ${status}.\n\n${help}\n\n${advice(code)}\n`;
}

const advice = (code: ErrorCode): string =>
  errorCatalog[code].retry
    ? "The same request may succeed later: retry it with exponential backoff."
    : "The same request fails again: change it first.";

const escapes: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes the characters that are special in HTML text and attribute values. */
export const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? character);

/** Converts text with code in backticks to HTML. */
const withCode = (text: string): string => escapeHtml(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");

const style = `
:root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif; }
body { max-width: 42rem; margin: 3rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.1rem; margin-top: 2.5rem; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
ul { padding: 0; list-style: none; columns: 14rem; }
a { color: LinkText; } a[aria-current] { font-weight: bold; }
`;
