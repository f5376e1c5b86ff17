import { base64url } from "jose";

/** The length of an AES-GCM nonce, in bytes (NIST SP 800-38D section 8.2). */
const nonceBytes = 12;

/**
 * Encrypts secrets of one user for storage: AES-256-GCM with a key derived from a Worker secret by HKDF (RFC 5869), bound to the user
 * id, so that a value copied to another hub cannot be decrypted.
 */
export class SecretBox {
  readonly #key: string;
  readonly #userId: string;
  #derived: Promise<CryptoKey> | undefined;

  /** @param key a Worker secret in base64url */
  constructor(key: string, userId: string) {
    this.#key = key;
    this.#userId = userId;
  }

  /** Encrypts a text. */
  async seal(text: string): Promise<string> {
    const iv = crypto.getRandomValues(new Uint8Array(nonceBytes));
    const sealed = await crypto.subtle.encrypt(
      this.#parameters(iv),
      await this.#derive(),
      new TextEncoder().encode(text),
    );
    return `${base64url.encode(iv)}.${base64url.encode(new Uint8Array(sealed))}`;
  }

  /** Decrypts a text; undefined if it was sealed with another key or changed. */
  async open(text: string): Promise<string | undefined> {
    const [iv = "", sealed = ""] = text.split(".");
    try {
      const opened = await crypto.subtle.decrypt(
        this.#parameters(base64url.decode(iv)),
        await this.#derive(),
        base64url.decode(sealed),
      );
      return new TextDecoder().decode(opened);
    } catch {
      return undefined;
    }
  }

  #parameters(iv: Uint8Array): SubtleCryptoEncryptAlgorithm {
    return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(this.#userId) };
  }

  #derive(): Promise<CryptoKey> {
    this.#derived ??= this.#deriveKey();
    return this.#derived;
  }

  async #deriveKey(): Promise<CryptoKey> {
    const source = await crypto.subtle.importKey("raw", base64url.decode(this.#key), "HKDF", false, [
      "deriveKey",
    ]);
    const parameters = {
      name: "HKDF",
      hash: "SHA-256",
      salt: new Uint8Array(),
      info: new TextEncoder().encode("parley-second-factor-1"),
    };
    return crypto.subtle.deriveKey(parameters, source, { name: "AES-GCM", length: 256 }, false, [
      "encrypt",
      "decrypt",
    ]);
  }
}
