import { execFile } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { maxSizeBytes, sizeBytes } from "../../scripts/support/client-package.ts";
import * as source from "../../src/client/index.ts";
import { Server, temporaryDirectory } from "./support/server.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const directory = temporaryDirectory();
const built = join(directory.path, "built");
const project = join(directory.path, "project");
const installed = join(project, "node_modules/parley");

const run = async (command: string, args: string[], cwd: string): Promise<string> =>
  (await promisify(execFile)(command, args, { cwd, shell: process.platform === "win32" })).stdout;
const node = (args: string[], cwd: string): Promise<string> => run(process.execPath, args, cwd);

/** Built, packed, and installed in a project of its own, where zod comes from here: no network is needed. */
beforeAll(async () => {
  await node([join(root, "scripts/build-client.ts"), "--out", built], root);
  const packed = await run("npm", ["pack", built, "--pack-destination", directory.path, "--silent"], root);
  await mkdir(project);
  await writeFile(join(project, "package.json"), JSON.stringify({ type: "module", private: true }));
  const zod = join(root, "node_modules/zod");
  const offline = ["--offline", "--no-audit", "--no-fund", "--ignore-scripts"];
  await run("npm", ["install", ...offline, zod, join(directory.path, packed.trim())], project);
  await cp(join(root, "test/e2e/consumer/talk.ts"), join(project, "talk.ts"));
});

afterAll(directory.remove);

test("[CL5] the package is at most 20 kB without zod, and depends on nothing else", async () => {
  const manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
  const own = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  expect(manifest.dependencies).toEqual({ zod: own.dependencies.zod });
  expect(maxSizeBytes).toBe(20_000);
  expect(await sizeBytes(installed)).toBeLessThanOrEqual(maxSizeBytes);
});

test("[CL5] it has all that the source has, every endpoint too: only prose is left out", async () => {
  const client = (await import(pathToFileURL(join(installed, "client/index.js")).href)) as typeof source;
  expect(Object.keys(client).toSorted()).toEqual(Object.keys(source).toSorted());
  const shapes = ({ endpoints, commands }: typeof source) =>
    [endpoints, commands].map((family) =>
      Object.entries(family)
        .map(([name, definition]) => `${name} ${JSON.stringify({ ...definition, summary: undefined })}`)
        .toSorted(),
    );
  expect(shapes(client)).toEqual(shapes(source));
  expect(client.Username.safeParse("no spaces, please").success).toBe(false);
  expect(client.createMessage.body.parse({ content: "hi" })).toEqual({ content: "hi" });
});

test("[CL5] its types stand on their own, for strict eyes", async () => {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    module: "nodenext",
    target: "es2024",
    lib: ["es2024", "dom"],
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
    exactOptionalPropertyTypes: true,
  };
  await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["talk.ts"] }));
  const output = node([join(root, "node_modules/typescript/bin/tsc"), "-p", "."], project);
  expect(await output.catch((error: { stdout: string }) => error.stdout)).toBe("");
});

test("[CL5] two users talk through it, over one socket each", async () => {
  const data = temporaryDirectory();
  const server = await Server.start(data.path);
  try {
    const said = JSON.parse(await node([join(project, "talk.ts"), server.url, "once"], project));
    expect(said).toEqual({
      heard: [["Hello from a tarball", true]],
      typed: [[true], []],
      refused: "validation_failed",
      states: ["offline", "offline"],
    });
  } finally {
    await server.kill();
    data.remove();
  }
});
