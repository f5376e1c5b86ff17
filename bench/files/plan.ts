/** In bytes. A request carries at most 90 of them (`FILE_BODY_MAX_BYTES`). */
export const megabyte = 1024 * 1024;

export type FilesCell = { megabytes: number; atOnce: number; files: number };

export type FilesSize = {
  cells: FilesCell[];
  /** How often the memory of an upload is measured, each time in new processes. */
  memoryRuns: number;
};

const cells = (counts: Record<number, number>): FilesCell[] =>
  Object.entries(counts).flatMap(([megabytes, files]) =>
    [1, 4].map((atOnce) => ({ megabytes: Number(megabytes), atOnce, files })),
  );

export const fullFiles: FilesSize = { cells: cells({ 1: 100, 10: 24, 90: 8 }), memoryRuns: 5 };
export const quickFiles: FilesSize = { cells: cells({ 1: 20, 10: 8, 90: 4 }), memoryRuns: 1 };

/** The size of the upload whose memory is measured, and by how much it may exceed that of a bare `put`. */
export const memoryMegabytes = 90;
export const memoryTargetMegabytes = 20;
