import {
  type CreatePasskeyBody,
  ParleyError,
  type PasskeyAssertion,
  type PasskeyCreationOptions,
  type PasskeyRequestOptions,
} from "../../../src/client/index.ts";

/** Whether this browser supports passkeys, with options and results in JSON (WebAuthn level 3). */
export const supportsPasskeys: boolean =
  "PublicKeyCredential" in globalThis &&
  "parseRequestOptionsFromJSON" in PublicKeyCredential &&
  "parseCreationOptionsFromJSON" in PublicKeyCredential;

/**
 * Asks the user to log in with a passkey.
 *
 * @returns what the passkey signed; null if the user cancelled, or the time was over
 */
export async function signWithPasskey(options: PasskeyRequestOptions): Promise<PasskeyAssertion | null> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  const credential = await nullIfCancelled(navigator.credentials.get({ publicKey }));
  return credential && (jsonOf(credential) as PasskeyAssertion);
}

/**
 * Asks the user to create a passkey.
 *
 * @returns the new passkey; null if the user cancelled, or the time was over
 * @throws ParleyError `conflict` if the device has a passkey of the account already
 */
export async function makePasskey(
  options: PasskeyCreationOptions,
): Promise<Omit<CreatePasskeyBody, "name"> | null> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  const credential = await nullIfCancelled(navigator.credentials.create({ publicKey }));
  return credential && (jsonOf(credential) as CreatePasskeyBody);
}

const jsonOf = (credential: Credential): unknown => (credential as PublicKeyCredential).toJSON();

async function nullIfCancelled(asking: Promise<Credential | null>): Promise<Credential | null> {
  try {
    return await asking;
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    if (error.name === "NotAllowedError" || error.name === "AbortError") return null;
    throw error.name === "InvalidStateError"
      ? new ParleyError({ code: "conflict", detail: "This device has a passkey of your account already" })
      : new ParleyError({
          code: "forbidden",
          detail: "This browser can't use the passkey on this page",
          cause: error,
        });
  }
}
