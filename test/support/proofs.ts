import type { TestContext } from "vitest";

/** The outcome of a test of security, as `npm run security` prints it. */
export interface Proof {
  /** What was tried, in a few words. */
  title: string;
  tried: number;
  /** How many attempts had another outcome than the promised one. */
  failed: number;
  /** A figure besides the counts, such as a duration. */
  note?: string;
  /** A document that the attempts result in, by its path; `npm run security -- --write` stores it. */
  document?: { path: string; text: string };
}

declare module "vitest" {
  interface TaskMeta {
    proof?: Proof;
  }
}

/** Attaches the outcome to its test, for the report. */
export function recordProof({ task }: Pick<TestContext, "task">, proof: Proof): void {
  task.meta.proof = proof;
}
