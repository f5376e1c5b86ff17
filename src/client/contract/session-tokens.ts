// Generated from src/protocol/session-tokens.ts by `npm run docs`. Do not edit.

export interface Tokens {
  /** A JWT (RFC 9068, EdDSA). Send it as `Authorization: Bearer <token>`. */
  accessToken: string;
  /**
   * Opaque. Each use returns a new refresh token. Empty if the request had the header `Parley-Session: cookie`: a
   * cookie has it then.
   */
  refreshToken: string;
  tokenType: "Bearer";
  /** The lifetime of the access token, in seconds. */
  expiresIn: number;
}
