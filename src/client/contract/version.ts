// Generated from src/protocol/version.ts by `npm run docs`. Do not edit.

/**
 * Raised when the wire format changes in a way that breaks existing clients; additions keep it. `protocol-version.test.ts` fails when the
 * wire format changes.
 */
export const protocolVersion = 1;
