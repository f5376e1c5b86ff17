import type { webcrypto } from "node:crypto";

type PrivateKey = Parameters<typeof crypto.subtle.sign>[1] & webcrypto.CryptoKey;
type Algorithm = "ES256" | "EdDSA" | "RS256";

const keyAlgorithms = {
  ES256: { name: "ECDSA", namedCurve: "P-256" },
  EdDSA: { name: "Ed25519" },
  RS256: {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2_048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  },
} as const;

const flag = { userPresent: 1, userVerified: 4, attestedCredential: 64 };

type Cbor = number | string | Uint8Array | Map<number | string, Cbor>;

/** Encodes a value in CBOR (RFC 8949), as far as authenticators need it. */
function cbor(value: Cbor): Uint8Array {
  const head = (major: number, n: number): number[] => {
    if (n < 24) return [(major << 5) | n];
    if (n < 256) return [(major << 5) | 24, n];
    return [(major << 5) | 25, n >> 8, n & 255];
  };
  if (typeof value === "number") return new Uint8Array(value < 0 ? head(1, -1 - value) : head(0, value));
  if (typeof value === "string") {
    const bytes = new TextEncoder().encode(value);
    return concat(new Uint8Array(head(3, bytes.length)), bytes);
  }
  if (value instanceof Uint8Array) return concat(new Uint8Array(head(2, value.length)), value);
  const entries = [...value].flatMap(([key, item]) => [cbor(key), cbor(item)]);
  return concat(new Uint8Array(head(5, value.size)), ...entries);
}

const concat = (...parts: Uint8Array[]): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat(parts));
const encode = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString("base64url");
const decode = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64url"));
const sha256 = async (bytes: Uint8Array): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));

/** What a test changes in an otherwise correct answer. */
export interface Deviation {
  origin?: string;
  rpId?: string;
  challenge?: string;
  type?: string;
  userVerified?: boolean;
  counter?: number;
}

/** A passkey in software (WebAuthn level 3): it makes what `PublicKeyCredential.toJSON()` returns in a browser. */
export class SoftwareAuthenticator {
  readonly credentialId = crypto.getRandomValues(new Uint8Array(32));
  counter = 0;
  readonly #algorithm: Algorithm;
  readonly #origin: string;
  #key: PrivateKey | undefined;
  #userHandle = "";

  constructor(origin: string, algorithm: Algorithm = "ES256") {
    this.#origin = origin;
    this.#algorithm = algorithm;
  }

  get id(): string {
    return encode(this.credentialId);
  }

  /** Answers `navigator.credentials.create`. */
  async create(
    options: { challenge: string; rp: { id: string }; user?: unknown },
    deviation: Deviation = {},
  ) {
    const pair = (await crypto.subtle.generateKey(keyAlgorithms[this.#algorithm], true, [
      "sign",
      "verify",
    ])) as unknown as { privateKey: PrivateKey; publicKey: PrivateKey };
    this.#key = pair.privateKey;
    this.#userHandle = (options.user as { id: string } | undefined)?.id ?? "";
    const attested = concat(
      new Uint8Array(16),
      new Uint8Array([0, this.credentialId.length]),
      this.credentialId,
      cbor(await this.#coseKey(pair.publicKey)),
    );
    const { clientDataJSON, authenticatorData } = await this.#data("webauthn.create", {
      challenge: options.challenge,
      rpId: options.rp.id,
      ...deviation,
      attested,
    });
    const attestationObject = cbor(
      new Map<string, Cbor>([
        ["fmt", "none"],
        ["attStmt", new Map()],
        ["authData", authenticatorData],
      ]),
    );
    return this.#credential({
      clientDataJSON: encode(clientDataJSON),
      attestationObject: encode(attestationObject),
      transports: ["internal"],
    });
  }

  /** Answers `navigator.credentials.get`. */
  async get({ challenge, rpId }: { challenge: string; rpId: string }, deviation: Deviation = {}) {
    this.counter++;
    const { clientDataJSON, authenticatorData } = await this.#data("webauthn.get", {
      challenge,
      rpId,
      ...deviation,
    });
    const signature = await this.#sign(concat(authenticatorData, await sha256(clientDataJSON)));
    return this.#credential({
      clientDataJSON: encode(clientDataJSON),
      authenticatorData: encode(authenticatorData),
      signature: encode(signature),
      userHandle: this.#userHandle,
    });
  }

  #credential<Response>(response: Response) {
    return {
      id: this.id,
      rawId: this.id,
      type: "public-key",
      authenticatorAttachment: "platform",
      clientExtensionResults: {},
      response,
    };
  }

  async #data(
    type: string,
    given: Deviation & { challenge: string; rpId: string; attested?: Uint8Array },
  ): Promise<{ clientDataJSON: Uint8Array; authenticatorData: Uint8Array }> {
    const { challenge, rpId, attested = new Uint8Array(), userVerified = true } = given;
    const origin = given.origin ?? this.#origin;
    const clientData = { type: given.type ?? type, challenge, origin, crossOrigin: false };
    const flags =
      flag.userPresent |
      (userVerified ? flag.userVerified : 0) |
      (attested.length > 0 ? flag.attestedCredential : 0);
    const counter = new DataView(new ArrayBuffer(4));
    counter.setUint32(0, given.counter ?? this.counter);
    return {
      clientDataJSON: new TextEncoder().encode(JSON.stringify(clientData)),
      authenticatorData: concat(
        await sha256(new TextEncoder().encode(rpId)),
        new Uint8Array([flags]),
        new Uint8Array(counter.buffer),
        attested,
      ),
    };
  }

  async #coseKey(publicKey: PrivateKey): Promise<Map<number, Cbor>> {
    const jwk = (await crypto.subtle.exportKey("jwk", publicKey)) as unknown as Record<string, string>;
    const bytes = (name: string): Uint8Array => decode(jwk[name] ?? "");
    if (this.#algorithm === "RS256")
      return new Map<number, Cbor>([
        [1, 3],
        [3, -257],
        [-1, bytes("n")],
        [-2, bytes("e")],
      ]);
    if (this.#algorithm === "EdDSA")
      return new Map<number, Cbor>([
        [1, 1],
        [3, -8],
        [-1, 6],
        [-2, bytes("x")],
      ]);
    return new Map<number, Cbor>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes("x")],
      [-3, bytes("y")],
    ]);
  }

  async #sign(data: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    if (!this.#key) throw new Error("The authenticator has no credential");
    const algorithm = { ...keyAlgorithms[this.#algorithm], hash: "SHA-256" };
    const raw = new Uint8Array(await crypto.subtle.sign(algorithm, this.#key, data));
    return this.#algorithm === "ES256" ? derSignature(raw) : raw;
  }
}

/** Converts an ECDSA signature from r and s to ASN.1 DER, which WebAuthn uses. */
function derSignature(raw: Uint8Array): Uint8Array {
  const integer = (bytes: Uint8Array): Uint8Array => {
    const start = bytes.findIndex((byte) => byte !== 0);
    const trimmed = bytes.slice(Math.max(0, start));
    const value = (trimmed[0] ?? 0) > 127 ? concat(new Uint8Array([0]), trimmed) : trimmed;
    return concat(new Uint8Array([2, value.length]), value);
  };
  const body = concat(integer(raw.slice(0, 32)), integer(raw.slice(32)));
  return concat(new Uint8Array([0x30, body.length]), body);
}
