/** Bytes of a megabyte here: a request takes at most 90 of them. */
export const megabyte = 1024 * 1024;

export type FilesCell = { megabytes: number; atOnce: number; files: number };

export type FilesSize = {
  cells: FilesCell[];
  /** How often the memory of an upload is looked at, each time in fresh processes. */
  memoryRuns: number;
};

const cells = (counts: Record<number, number>): FilesCell[] =>
  Object.entries(counts).flatMap(([megabytes, files]) =>
    [1, 4].map((atOnce) => ({ megabytes: Number(megabytes), atOnce, files })),
  );

export const fullFiles: FilesSize = { cells: cells({ 1: 100, 10: 24, 90: 8 }), memoryRuns: 5 };
export const quickFiles: FilesSize = { cells: cells({ 1: 20, 10: 8, 90: 4 }), memoryRuns: 1 };

/** What is uploaded to see what memory it takes, and how much more than a bare `put` of the same it may take. */
export const memoryMegabytes = 90;
export const memoryTargetMegabytes = 20;
