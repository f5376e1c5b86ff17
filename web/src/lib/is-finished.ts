import type { Job } from "../../../src/client/index.ts";

/** Returns whether a job has ended, with or without success. */
export const isFinished = ({ state }: Job): boolean => state === "done" || state === "failed";
