// Generated from src/protocol/version.ts by `npm run docs`. Do not edit.

/** Raised when the wire changes so that an older client would break; additions keep it. See the hash test. */
export const protocolVersion = 1;
