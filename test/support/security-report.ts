import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";
import type { Proof } from "./proofs.ts";

/** Prints one table of the recorded proofs. With `SECURITY_WRITE` it also stores their documents. */
// oxlint-disable-next-line import/no-default-export
export default class SecurityReport implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const rows = tests.flatMap((test) => {
      const { proof } = test.meta() as { proof?: Proof };
      return proof ? [{ ...proof, isPassed: test.ok() }] : [];
    });
    const lines = rows.map(({ title, tried, failed, note = "", isPassed }) => [
      isPassed ? "holds" : "FAILS",
      tried.toLocaleString("en"),
      failed.toLocaleString("en"),
      title + (note && ` (${note})`),
    ]);
    const table = [["", "tried", "wrong", "what"], ...lines];
    const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
    for (const [result = "", tried = "", wrong = "", what = ""] of table)
      console.log(
        `${result.padEnd(widths[0] ?? 0)}  ${tried.padStart(widths[1] ?? 0)}  ${wrong.padStart(widths[2] ?? 0)}  ${what}`,
      );
    for (const { document } of rows)
      if (document && process.env["SECURITY_WRITE"]) writeFileSync(document.path, document.text);
  }
}
