/**
 * Loads the library that verifies passkeys when the first one is verified: it and its parsers of certificates are half of a megabyte of
 * code, which every start of a Worker would otherwise evaluate.
 */
export const loadWebAuthn = () => import("@simplewebauthn/server");
