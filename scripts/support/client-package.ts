import { spawn } from "node:child_process";
import { cp, glob, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { CommandError } from "./command.ts";
import { repositoryRoot } from "./paths.ts";
import { exitCodeOf } from "./wrangler.ts";

/** Limit of the size of `usualApplication`: bundled, minified and compressed, with all dependencies. */
export const maxSizeBytes = 20_000;

/** Names of the files and directories of a build. */
const buildOutputs = new Set(["LICENSE", "README.md", "REFERENCE.md", "client", "package.json"]);

const inRoot = (path: string): string => join(repositoryRoot, path);

/** Compiles the client to JavaScript and types. */
export async function compile(directory: string): Promise<void> {
  await requireReplaceable(directory);
  await rm(directory, { recursive: true, force: true });
  const tsc = inRoot("node_modules/typescript/bin/tsc");
  const run = spawn(
    process.execPath,
    [tsc, "-p", inRoot("tsconfig.client.json"), "--outDir", directory, "--pretty", "false"],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [run.stdout, run.stderr]) stream.on("data", (chunk) => (output += chunk));
  if ((await exitCodeOf(run)) !== 0)
    throw new CommandError(
      `The client does not compile:\n\n${output.trim()}`,
      "Fix it: npx tsc -p tsconfig.client.json --noEmit shows the same.",
    );
}

/** @throws CommandError unless the directory, which is removed, is empty, absent or an earlier build */
async function requireReplaceable(directory: string): Promise<void> {
  const names = await readdir(directory).catch((): string[] => []);
  if (names.every((name) => buildOutputs.has(name))) return;
  throw new CommandError(
    `${directory} contains other files than a build of the client.`,
    "Choose another directory with --out, or empty this one.",
  );
}

/** Replaces `.ts` by `.js` in the imports of declaration files, where the compiler does not. */
export async function fixDeclarationImports(directory: string): Promise<void> {
  for await (const name of glob("**/*.d.ts", { cwd: directory })) {
    const path = join(directory, name);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace(/((?:from|import\()\s*"\.[^"]*)\.ts"/g, '$1.js"'));
  }
}

/** Writes the manifest, the README, the reference and the licence. */
export async function writePackageFiles(directory: string): Promise<void> {
  const { version, license } = JSON.parse(await readFile(inRoot("package.json"), "utf8"));
  const manifest = {
    name: "parley",
    version,
    description:
      "The client of Parley, a team chat: typed calls, and a realtime connection that resumes after each interruption.",
    license,
    type: "module",
    sideEffects: false,
    exports: {
      "./client": { types: "./client/index.d.ts", default: "./client/index.js" },
      "./client/cookie-session": {
        types: "./client/cookie-session.d.ts",
        default: "./client/cookie-session.js",
      },
      "./client/message-window": {
        types: "./client/message-window.d.ts",
        default: "./client/message-window.js",
      },
      "./client/upload": { types: "./client/upload.d.ts", default: "./client/upload.js" },
    },
    engines: { node: ">=22" },
  };
  await writeFile(join(directory, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeFile(join(directory, "README.md"), readme);
  await cp(inRoot("LICENSE"), join(directory, "LICENSE"));
  await cp(inRoot("docs/client.md"), join(directory, "REFERENCE.md"));
}

/** A typical application. */
export const usualApplication = `
import { createClient } from "parley/client";
const client = createClient({ url: location.origin });
const room = client.connect().subscribe(location.hash);
room.on("messageCreate", ({ data }) => console.log(data.message.content));
`;

/** Returns the size of an application of the package in bytes: bundled, minified and compressed, with all dependencies. */
export async function sizeBytes(packageDirectory: string, application = usualApplication): Promise<number> {
  const { exports } = JSON.parse(await readFile(join(packageDirectory, "package.json"), "utf8"));
  const entry = join(packageDirectory, exports["./client"].default);
  const { outputFiles } = await build({
    stdin: { contents: application, resolveDir: packageDirectory },
    alias: { "parley/client": entry },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
  });
  return gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length;
}

const readme = `# parley/client

The client of Parley, a team chat, for browsers, Node ≥ 22 and Workers. It has no dependencies.

\`\`\`ts
import { createClient, getUnreads } from "parley/client";

const client = createClient({ url: "https://chat.example.com" });
await client.login({ login: "ann", password });
const { items } = await client.call(getUnreads);

const realtime = client.connect();
const room = realtime.subscribe(items[0].channelId);
room.on("messageCreate", ({ data }) => console.log(data.message.content));
await room.send("messageCreate", { content: "Hello" });
\`\`\`

A page of the server's own origin: \`import { cookieSession } from "parley/client/cookie-session"\`, then
\`createClient({ url: location.origin, session: cookieSession() })\`.

Files of any size: \`import { upload } from "parley/client/upload"\`, then
\`room.send("messageCreate", { content: "", fileIds: [(await upload(client, file)).id] })\`.

Every endpoint, command, event and option is described where it is declared, and in REFERENCE.md.
`;
