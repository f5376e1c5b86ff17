import { spawn } from "node:child_process";
import { cp, glob, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { CommandError } from "./command.ts";
import { repositoryRoot } from "./paths.ts";
import { typesWithoutProse, withoutProse } from "./prose.ts";
import { exitCodeOf } from "./wrangler.ts";

/** What the client may weigh: bundled, minified and compressed, without zod. */
export const maxSizeBytes = 20_000;

const inRoot = (path: string): string => join(repositoryRoot, path);

/** JavaScript and types of the client and the protocol, as the compiler writes them. */
export async function compile(directory: string): Promise<void> {
  await refuseUnlessOurs(directory);
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
      "Mend it: npx tsc -p tsconfig.client.json --noEmit shows the same.",
    );
}

/** What is removed must be an earlier build, or nothing. */
async function refuseUnlessOurs(directory: string): Promise<void> {
  const names = await readdir(directory).catch((): string[] => []);
  if (names.length === 0 || (names.includes("client") && names.includes("protocol"))) return;
  throw new CommandError(`${directory} holds something else.`, "Choose another --out, or empty it yourself.");
}

/** Makes modules and types that name each other as they are called now, and leaves out what only documents need. */
export async function finish(directory: string): Promise<void> {
  for await (const name of glob("**/*.{js,d.ts}", { cwd: directory })) {
    const path = join(directory, name);
    const text = await readFile(path, "utf8");
    await writeFile(path, name.endsWith(".d.ts") ? finishedTypes(text) : await finishedModule(name, text));
  }
}

/** The compiler leaves the names of files in types as they were. */
const finishedTypes = (text: string): string =>
  typesWithoutProse(text).replace(/((?:from|import\()\s*"\.[^"]*)\.ts"/g, '$1.js"');

const finishedModule = (name: string, text: string): string | Promise<string> =>
  name.startsWith("protocol") ? withoutProse(text) : text;

/** What makes a package of it. */
export async function describe(directory: string): Promise<void> {
  const { version, license, dependencies } = JSON.parse(await readFile(inRoot("package.json"), "utf8"));
  const manifest = {
    name: "parley",
    version,
    description: "The client of Parley, a team chat: typed calls, and one socket that never loses its place.",
    license,
    type: "module",
    sideEffects: false,
    exports: {
      "./client": { types: "./client/index.d.ts", default: "./client/index.js" },
      "./client/upload": { types: "./client/upload.d.ts", default: "./client/upload.js" },
    },
    dependencies: { zod: dependencies.zod },
    engines: { node: ">=22" },
  };
  await writeFile(join(directory, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeFile(join(directory, "README.md"), readme);
  await cp(inRoot("LICENSE"), join(directory, "LICENSE"));
}

/** Of what an application gets that uses all of it. */
export async function sizeBytes(directory: string): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [join(directory, "client/index.js")],
    bundle: true,
    minify: true,
    format: "esm",
    external: ["zod"],
    write: false,
  });
  return gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length;
}

const readme = `# parley/client

The client of Parley, a team chat, for browsers, Node ≥ 22 and Workers.

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

Files of any size: \`import { upload } from "parley/client/upload"\`, then
\`room.send("messageCreate", { content: "", fileIds: [(await upload(client, file)).id] })\`.

Every endpoint and every event is typed; each of them, and each option, is described where it is declared.
`;
