import { type ChildProcess, fork } from "node:child_process";

/** Runs a TypeScript file in a new process, which must report `"ready"` (or `{ failed }`) by IPC and end when this process ends. */
export async function startProcess(
  file: URL,
  env: Record<string, string>,
  args: string[] = [],
): Promise<ChildProcess> {
  const child = fork(file, args, {
    env: { PATH: process.env.PATH, NODE_ENV: "production", ...env },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  await new Promise<void>((resolve, reject) => {
    child.once("message", (message) =>
      message === "ready" ? resolve() : reject(new Error(String((message as { failed: string }).failed))),
    );
    child.once("exit", (code) =>
      reject(new Error(`${file.pathname.split("/").at(-1)} ended with ${code} before it was ready`)),
    );
  });
  return child;
}

/** Stops a process by SIGTERM, and by SIGKILL if it does not end within `graceMs`. */
export async function stopProcess(child: ChildProcess, graceMs = 10_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await ended;
  clearTimeout(force);
}

/** Reports to `startProcess` that this process is ready, and ends it when the parent process ends. */
export function ready(): void {
  process.once("disconnect", () => process.exit(1));
  process.send!("ready");
}
