/** Encrypted content encoding (RFC 8188), which has no types. */
declare module "http_ece" {
  interface DecryptOptions {
    version: "aes128gcm";
    privateKey: import("node:crypto").ECDH;
    authSecret: Uint8Array;
  }
  const ece: { decrypt(body: Uint8Array, options: DecryptOptions): Uint8Array };
  export default ece;
}
