import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { shellBlocks } from "../support/shell-blocks.ts";
import { DevServer, temporaryDirectory } from "./support/dev-server.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const directory = temporaryDirectory();
let server: DevServer;

beforeAll(async () => {
  server = await DevServer.start(directory.path);
});
afterAll(async () => {
  await server.kill();
  directory.remove();
});

/**
 * The blocks that a reader pastes while a local server is running: from the first that sets `URL` to the last
 * that uses it.
 */
const pasted = () =>
  shellBlocks(readFileSync(`${root}docs/tutorial.md`, "utf8"))
    .filter((block) => block.includes("$URL") || block.includes("URL=") || block.includes("api "))
    .join("\n")
    .replace("URL=http://localhost:8787", `URL=${server.url}`);

/** Interactive shells without a user's own configuration, since these process pasted text. */
const shells = [
  ["bash", ["--norc", "--noprofile", "-i"]],
  ["zsh", ["-f", "-i"]],
] as const;

for (const [shell, args] of shells) {
  const isInstalled = spawnSync(shell, ["-c", "true"]).status === 0;
  if (!isInstalled) console.warn(`${shell} is not installed (apt-get install ${shell}): its test is skipped`);
  test.skipIf(!isInstalled)(`[DC1] every block of the tutorial works when pasted into ${shell}`, () => {
    const { stdout, stderr } = spawnSync(shell, args, {
      cwd: root,
      input: `${pasted()}\nexit\n`,
      encoding: "utf8",
      timeout: 120_000,
      env: { ...process.env, PATH: `${root}node_modules/.bin:${process.env["PATH"]}`, PS1: "", HISTFILE: "" },
    });
    const seen = `${stdout}\n--- stderr ---\n${stderr}`;
    for (const answer of [
      '"content":"Hello over REST"',
      "messageCreate Hello over REST",
      "messageCreate Hello over the socket",
      '"unread":1,"mentions":1',
      '"content":"I have, it is good"',
      "Coffee at ten",
      '"highlights":[[4,8]]',
    ])
      expect(seen).toContain(answer);
    expect(stdout).not.toContain('"code":');
    expect(stderr).not.toMatch(/not found|no matches|parse error|syntax error|bad pattern/);
    rmSync("/tmp/listen.mjs", { force: true });
  });
}
