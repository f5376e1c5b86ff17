import { fork } from "node:child_process";
import type { FromGenerator, Job, Measurement } from "../load/job.ts";

/** Runs one job in a new generator process. @returns the figures, or the reason why there are none */
export function generate(job: Job, progress: (text: string) => void): Promise<Measurement | string> {
  return new Promise((resolve) => {
    const child = fork(new URL("../load/main.ts", import.meta.url), {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    let outcome: Measurement | string = "the load generator ended without a result";
    child.on("message", (message: FromGenerator) => {
      if (message.type === "progress") progress(message.text);
      else outcome = message.type === "result" ? message.measurement : message.reason;
    });
    child.once("exit", () => resolve(outcome));
    child.send(job);
  });
}
