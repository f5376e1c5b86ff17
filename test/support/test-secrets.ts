/**
 * Secrets only for tests: fixed, so that a failing test can be repeated. No server outside the tests accepts
 * them.
 */
export const testSecrets = {
  JWT_SIGNING_KEY: JSON.stringify({
    kty: "OKP",
    crv: "Ed25519",
    x: "5c_PWnHa85bTVjttLp7Jdpxq5fgnLUom-VVR8P_2glo",
    d: "hN6uhJgGrZ2XA0BxUmN3LKVScFcmkqpoxgd_VrXVifQ",
    kid: "bpOljcC1aMz5gDb30EHIVDQbvgMOlFGhtfE0MITaAfE",
    alg: "EdDSA",
    use: "sig",
  }),
  REFRESH_TOKEN_KEY: "mSX9EVx3N72XlGc88EbT4CCBltmSXGLAQ9xvGQtC3Gk",
};
