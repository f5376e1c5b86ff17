import { spawn } from "node:child_process";
import type { StatusLine } from "../../scripts/support/progress.ts";
import { machineCpuSeconds } from "../load/cpu.ts";
import { freeMachine } from "../machine.ts";
import { copyRepository } from "../start/copy.ts";

export type TestsFigures = {
  installSeconds: number;
  testSeconds: number;
  /** Cores in use on average during the tests. */
  cores: number;
  /** The number of tests, as Vitest prints it; `null` if it prints none. */
  tests: number | null;
  passed: boolean;
};

/** Runs `npm ci` and `npm test` in a new copy of the repository, once. */
export async function measureTests(status: StatusLine): Promise<TestsFigures> {
  status.update("tests  copying the repository");
  const { directory, remove } = await copyRepository({ withModules: false });
  try {
    await freeMachine();
    status.update("tests  npm ci");
    const install = await timed(directory, "ci");
    if (install.code !== 0) throw new Error(`npm ci failed:\n${install.output}`);
    status.update("tests  npm test");
    const before = machineCpuSeconds();
    const test = await timed(directory, "test");
    const cores = (machineCpuSeconds() - before) / test.seconds;
    const [, passed] = /^\s*Tests\s.*?(\d+) passed/m.exec(test.output) ?? [];
    status.print(
      `tests  npm ci ${install.seconds.toFixed(0)} s, npm test ${test.seconds.toFixed(0)} s, ${test.code === 0 ? `${passed} passed` : "FAILED"}`,
    );
    return {
      installSeconds: install.seconds,
      testSeconds: test.seconds,
      cores,
      tests: passed === undefined ? null : Number(passed),
      passed: test.code === 0,
    };
  } finally {
    await remove();
  }
}

function timed(
  cwd: string,
  ...args: string[]
): Promise<{ seconds: number; code: number | null; output: string }> {
  const begun = performance.now();
  const child = spawn("npm", args, {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output = (output + chunk.toString()).slice(-8_000)));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ seconds: (performance.now() - begun) / 1_000, code, output }));
  });
}
