import { execFile } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { maxSizeBytes, sizeBytes, usualApplication } from "../../scripts/support/client-package.ts";
import * as source from "../../src/client/index.ts";
import { endpoints } from "../../src/protocol/index.ts";
import { DevServer, temporaryDirectory } from "./support/dev-server.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const directory = temporaryDirectory();
const built = join(directory.path, "built");
const project = join(directory.path, "project");
const installed = join(project, "node_modules/parley");

const run = async (command: string, args: string[], cwd: string): Promise<string> =>
  (await promisify(execFile)(command, args, { cwd, shell: process.platform === "win32" })).stdout;
const node = (args: string[], cwd: string): Promise<string> => run(process.execPath, args, cwd);

/** Built, packed, and installed in its own project, offline and without any other package. */
beforeAll(async () => {
  await node([join(root, "scripts/build-client.ts"), "--out", built], root);
  const packed = await run("npm", ["pack", built, "--pack-destination", directory.path, "--silent"], root);
  await mkdir(project);
  await writeFile(join(project, "package.json"), JSON.stringify({ type: "module", private: true }));
  const offline = ["--offline", "--no-audit", "--no-fund", "--ignore-scripts"];
  await run("npm", ["install", ...offline, join(directory.path, packed.trim())], project);
  await cp(join(root, "test/e2e/consumer/two-users.ts"), join(project, "two-users.ts"));
});

afterAll(directory.remove);

test("[CL5] an application with calls and subscriptions has at most 20 kB", async () => {
  const manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
  expect(manifest.dependencies).toBeUndefined();
  expect(maxSizeBytes).toBe(20_000);
  expect(usualApplication).toMatch(/createClient\(.*connect\(\).*subscribe\(/s);
  const usual = await sizeBytes(installed);
  const everything = await sizeBytes(installed, `export * from "parley/client";`);
  console.log(`gzip: ${usual} bytes for an application, ${everything} for everything`);
  // A bundle without the library would be small too.
  expect(usual).toBeGreaterThan(5_000);
  expect(usual).toBeLessThanOrEqual(maxSizeBytes);
  expect(everything).toBeLessThanOrEqual(maxSizeBytes);
});

test("[CL5] the package exports all that the source does, with every endpoint", async () => {
  const client = (await import(pathToFileURL(join(installed, "client/index.js")).href)) as typeof source;
  expect(Object.keys(client).toSorted()).toEqual(Object.keys(source).toSorted());
  const [packed, own] = [{ ...client }, { ...source }] as Record<string, unknown>[];
  for (const name of Object.keys(endpoints)) expect([name, packed?.[name]]).toEqual([name, own?.[name]]);
});

test("[BS8] sessions in cookies are their own module, and keep no process running", async () => {
  const application = `
import { createClient } from "parley/client";
import { cookieSession } from "parley/client/cookie-session";
const client = createClient({ url: "http://127.0.0.1:9", session: cookieSession() });
await client.resume().catch(({ code }) => console.log(code));
`;
  expect(await node(["--input-type=module", "--eval", application], project)).toBe("unavailable\n");
  const index = await readFile(join(installed, "client/index.js"), "utf8");
  expect(index).not.toContain("cookie-session");
});

test("[CL5] its types are documented plain interfaces and need no zod", async () => {
  const contract = join(installed, "client/contract");
  const messages = await readFile(join(contract, "messages.d.ts"), "utf8");
  expect(messages).toContain("export interface Message {");
  const modules = [...new Set((await readFile(join(contract, "index.d.ts"), "utf8")).match(/\.\/[\w-]+/g))];
  const types = (
    await Promise.all(modules.map((name) => readFile(join(contract, `${name}.d.ts`), "utf8")))
  ).join();
  expect(types).not.toMatch(/\bzod\b|\bz\.\w/);
  const documented = types.match(/ \*\/\nexport declare const \w+: Endpoint</g) ?? [];
  expect(documented).toHaveLength(Object.keys(endpoints).length);
});

test("[CL5] its types compile alone, strictly", async () => {
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
  await writeFile(
    join(project, "tsconfig.json"),
    JSON.stringify({ compilerOptions, files: ["two-users.ts"] }),
  );
  const output = node([join(root, "node_modules/typescript/bin/tsc"), "-p", "."], project);
  expect(await output.catch((error: { stdout: string }) => error.stdout)).toBe("");
});

/** Runs the chat of docs/tutorial.md against this server. */
async function chat(
  server: DevServer,
  args: string[],
  typed: string,
): Promise<{ stdout: string; stderr: string }> {
  const tutorial = await readFile(join(root, "docs/tutorial.md"), "utf8");
  const [, program = ""] = /^```js\n([^]*?)^```/m.exec(tutorial) ?? [];
  await writeFile(join(project, "chat.mjs"), program.replace("http://localhost:8787", server.url));
  const running = promisify(execFile)(process.execPath, ["chat.mjs", ...args], {
    cwd: project,
    timeout: 60_000,
  });
  running.child.stdin?.end(typed);
  return running.catch((error: { stdout: string; stderr: string }) => error);
}

test("[CL5] two users talk through it, and the tutorial's chat runs, explaining errors", async () => {
  const data = temporaryDirectory();
  const server = await DevServer.start(data.path);
  try {
    const said = JSON.parse(await node([join(project, "two-users.ts"), server.url, "once"], project));
    expect(said).toEqual({
      received: [["Hello from a tarball", true]],
      typed: [[true], []],
      rejected: "validation_failed",
      states: ["offline", "offline"],
    });
    // An empty line is not sent. Whether the last message's event is printed before the end is not determined.
    const first = await chat(server, ["lobby", "guest-one"], "first\n\n");
    expect(first).toMatchObject({ stdout: expect.stringMatching(/^(?: {2}sent\n)?$/), stderr: "" });
    const second = await chat(server, ["lobby", "guest-one"], "second\n");
    expect(second).toMatchObject({ stdout: expect.stringMatching(/^(?: {2}sent\n){1,2}$/), stderr: "" });
    const other = await chat(server, ["lobby", "guest-two"], "");
    expect(other).toMatchObject({ stdout: "> first\n> second\n", stderr: "" });
    const wrong = await chat(server, ["lobby", "no name"], "");
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
    expect(wrong.stderr).not.toMatch(/^\s+at /m);
  } finally {
    await server.kill();
    data.remove();
  }
});
