/** Bounds that are part of the contract. Those that an operator may set are in `config.ts`. */
export const limits = {
  jsonBodyBytes: 64 * 1024,
  frameBytes: 64 * 1024,
  frameFatalBytes: 1024 * 1024,
  serverFrameBytes: 256 * 1024,
  contentLength: 8_000,
  replayEvents: 1_000,
  onlineListed: 200,
  confirmEveryBytes: 256 * 1024,
  unconfirmedShedBytes: 2 * 1024 * 1024,
  unconfirmedCloseBytes: 8 * 1024 * 1024,
} as const;
