import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { type BuildOptions, type Metafile, build, context, type Plugin } from "esbuild";
import { emojiList } from "./emoji-list.ts";
import { repositoryRoot, webDirectory } from "./paths.ts";

const source = join(repositoryRoot, "web");

/** The pages, by file name: the entry of their script, and of their style sheet. */
const pages = {
  "index.html": { script: "app", style: "app" },
  "docs/api.html": { script: "reference", style: "reference" },
} as const;

/** Files of the target directory that are in the repository. */
const kept: ReadonlySet<string> = new Set([".gitignore", ".assetsignore"]);

/** The list of emoji, which is loaded when it is first needed. */
const emojiText = JSON.stringify(emojiList());
const emojiFile = `emoji-${createHash("sha256").update(emojiText).digest("hex").slice(0, 8)}.json`;

/** Browsers of the last three years. */
const browsers = ["chrome120", "firefox121", "safari17"];

const options = (isDevelopment: boolean) =>
  ({
    absWorkingDir: repositoryRoot,
    bundle: true,
    format: "esm" as const,
    target: browsers,
    minify: !isDevelopment,
    sourcemap: isDevelopment && ("linked" as const),
    jsx: "automatic" as const,
    jsxImportSource: "preact",
    metafile: true as const,
    write: true,
    logLevel: "warning" as const,
    legalComments: "none" as const,
  }) satisfies BuildOptions;

const appOptions = ({ directory, isDevelopment }: Target) =>
  ({
    ...options(isDevelopment),
    define: {
      __DEVELOPMENT__: String(isDevelopment),
      __EMOJI_URL__: JSON.stringify(`/assets/${emojiFile}`),
    },
    entryPoints: [
      { in: join(source, "src/main.tsx"), out: "app" },
      { in: join(source, "styles/app.css"), out: "app" },
      { in: join(source, "src/reference/main.tsx"), out: "reference" },
      { in: join(source, "styles/reference.css"), out: "reference" },
    ],
    splitting: true,
    outdir: join(directory, "assets"),
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".svg": "file" as const },
  }) satisfies BuildOptions;

/** Where the build is written, and for what: a development build is readable, and its page reloads after a change. */
interface Target {
  directory: string;
  isDevelopment: boolean;
}

export interface WebBuild {
  /** Changes when any file changes. */
  id: string;
  /** What the first page loads before it shows a channel, and all scripts together: bytes after gzip. */
  sizes: { firstLoad: number; total: number };
}

/**
 * Builds the web client for deployment. Earlier files of the directory are removed.
 *
 * @param options `plugins`: may change the source, for example into that of another release
 */
export async function buildWeb({
  directory = webDirectory,
  plugins = [],
}: { directory?: string; plugins?: Plugin[] } = {}): Promise<WebBuild> {
  const target = { directory, isDevelopment: false };
  clean(directory);
  const { metafile } = await build({ ...appOptions(target), plugins });
  return finish(metafile, target);
}

/** Builds the web client for development, now and after each change of its source. Returns a function that stops. */
export async function watchWeb(directory: string): Promise<() => Promise<void>> {
  const target = { directory, isDevelopment: true };
  clean(directory);
  const { promise: built, resolve } = Promise.withResolvers<void>();
  const finishing: Plugin = {
    name: "finish",
    setup({ onEnd }) {
      onEnd(async ({ metafile, errors }) => {
        // A mistake in the source is printed, and the next change builds again.
        if (metafile && errors.length === 0) await finish(metafile, target);
        resolve();
      });
    },
  };
  const watching = await context({ ...appOptions(target), plugins: [finishing] });
  await watching.watch();
  await built;
  return () => watching.dispose();
}

function clean(directory: string): void {
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(directory))
    if (!kept.has(name)) rmSync(join(directory, name), { recursive: true });
}

/** Writes what depends on the names of the built files: the pages, the build's id, the service worker. */
async function finish(metafile: Metafile, target: Target): Promise<WebBuild> {
  const { directory } = target;
  const outputs = [...Object.keys(metafile.outputs).map((path) => basename(path)), emojiFile];
  cpSync(join(source, "public"), directory, { recursive: true });
  writeFileSync(join(directory, "assets", emojiFile), emojiText);
  const templates = Object.entries(pages).map(
    ([path, entry]) => [path, pageOf(path, entry, metafile)] as const,
  );
  const id = createHash("sha256")
    .update(outputs.toSorted().join("\n"))
    .update(templates.map(([, html]) => html).join("\n"))
    .digest("hex")
    .slice(0, 16);
  for (const [path, html] of templates) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), html.replaceAll("{{build}}", id));
  }
  writeFileSync(join(directory, "build.json"), `${JSON.stringify({ build: id })}\n`);
  await buildServiceWorker(id, shellOf(metafile), target);
  return { id, sizes: sizesOf(metafile) };
}

/** Fills the template of a page with the built script, the modules that it imports at once, and the style sheet. */
function pageOf(
  path: string,
  { script, style }: { script: string; style: string },
  metafile: Metafile,
): string {
  const template = readFileSync(join(source, "pages", basename(path)), "utf8");
  const entry = outputOf(metafile, script, ".js");
  const preloads = staticImports(metafile, entry)
    .filter((output) => output !== entry)
    .map((output) => `<link rel="modulepreload" href="/assets/${basename(output)}">`);
  return template
    .replace("{{style}}", `/assets/${basename(outputOf(metafile, style, ".css"))}`)
    .replace("{{script}}", `/assets/${basename(entry)}`)
    .replace("{{preloads}}", preloads.join("\n"));
}

/** Returns the path of an entry's output. @throws Error if there is none */
function outputOf(metafile: Metafile, name: string, extension: string): string {
  const found = Object.entries(metafile.outputs).find(
    ([path, { entryPoint }]) =>
      entryPoint && basename(path).startsWith(`${name}-`) && path.endsWith(extension),
  );
  if (!found) throw new Error(`The build has no ${name}${extension}`);
  return found[0];
}

/** Returns an output and all outputs that it imports without `import()`. */
function staticImports(metafile: Metafile, entry: string): string[] {
  const found = new Set<string>();
  const visit = (output: string): void => {
    if (found.has(output)) return;
    found.add(output);
    for (const { path, kind } of metafile.outputs[output]?.imports ?? [])
      if (kind === "import-statement" && metafile.outputs[path]) visit(path);
  };
  visit(entry);
  return [...found];
}

/** Files of `web/public` that configure the server, and are not served. */
const serverFiles: ReadonlySet<string> = new Set(["_headers", "_redirects"]);

/** The addresses of everything that the application may load, for use without a network. */
const shellOf = (metafile: Metafile): string[] => {
  const reference = new Set([
    ...staticImports(metafile, outputOf(metafile, "reference", ".js")),
    outputOf(metafile, "reference", ".css"),
  ]);
  const app = new Set(staticImports(metafile, outputOf(metafile, "app", ".js")));
  return Object.keys(metafile.outputs)
    .filter((path) => /\.(?:js|css|svg|json)$/.test(path) && (app.has(path) || !reference.has(path)))
    .map((path) => `/assets/${basename(path)}`)
    .concat(`/assets/${emojiFile}`)
    .concat(
      readdirSync(join(source, "public"))
        .filter((name) => !serverFiles.has(name))
        .map((name) => `/${name}`),
    );
};

async function buildServiceWorker(
  id: string,
  shell: readonly string[],
  { directory, isDevelopment }: Target,
): Promise<void> {
  await build({
    ...options(isDevelopment),
    entryPoints: [join(source, "src/service-worker/main.ts")],
    format: "iife",
    outfile: join(directory, "service-worker.js"),
    define: {
      __DEVELOPMENT__: String(isDevelopment),
      __BUILD__: JSON.stringify(id),
      __SHELL__: JSON.stringify(["/", ...shell]),
    },
  });
}

function sizesOf(metafile: Metafile): WebBuild["sizes"] {
  const gzipped = (path: string): number =>
    gzipSync(readFileSync(join(repositoryRoot, path)), { level: 9 }).length;
  const sum = (paths: readonly string[]): number =>
    paths.filter((path) => path.endsWith(".js")).reduce((size, path) => size + gzipped(path), 0);
  const reference = new Set(staticImports(metafile, outputOf(metafile, "reference", ".js")));
  const app = staticImports(metafile, outputOf(metafile, "app", ".js"));
  const all = Object.keys(metafile.outputs).filter((path) => app.includes(path) || !reference.has(path));
  return { firstLoad: sum(app), total: sum(all) };
}
