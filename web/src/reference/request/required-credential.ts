import type { Operation } from "../contract/document.ts";

/** The credential that a request is sent with. */
export type Credential = "none" | "access token" | "server key";

/** Returns the credential that an operation needs, from its `security`. */
export function requiredCredential({ security = [] }: Operation): Credential {
  const schemes = new Set(security.flatMap((requirement) => Object.keys(requirement)));
  if (schemes.has("accessToken")) return "access token";
  return schemes.has("serverKey") ? "server key" : "none";
}

/** The environment variable in which the examples expect a credential. */
export const credentialVariable: Readonly<Record<Exclude<Credential, "none">, string>> = {
  "access token": "PARLEY_TOKEN",
  "server key": "PARLEY_SERVER_KEY",
};
