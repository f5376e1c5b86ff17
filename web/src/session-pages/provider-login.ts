import { startProviderLogin } from "../../../src/client/index.ts";
import { nextPath, paths } from "../router.ts";

/** The secret that binds the code of a provider's login to this tab (RFC 7636), until the browser returns. */
const verifierKey = "parley.codeVerifier";

/**
 * Leaves the page for the login at a provider, which returns to the page `sso`.
 *
 * @returns false if the provider does not respond: then the page stays
 */
export async function leaveForProvider(providerId: string): Promise<boolean> {
  const codeVerifier = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
  sessionStorage.setItem(verifierKey, codeVerifier);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(codeVerifier));
  const target = new URL(
    startProviderLogin.path.replace(":provider", encodeURIComponent(providerId)),
    location.origin,
  );
  target.searchParams.set("returnTo", location.origin + paths.session("sso", nextPath()));
  target.searchParams.set("codeChallenge", toBase64Url(new Uint8Array(digest)));
  // Without this request, the browser would leave the page for the text of an error.
  const answer = await fetch(target, { redirect: "manual" }).catch(() => undefined);
  if (answer?.type !== "opaqueredirect") return false;
  location.assign(target);
  return true;
}

/** Returns the secret of the login that this tab began, once. */
export function takeCodeVerifier(): string | undefined {
  const codeVerifier = sessionStorage.getItem(verifierKey) ?? undefined;
  sessionStorage.removeItem(verifierKey);
  return codeVerifier;
}

/** Encodes bytes in base64url without padding (RFC 4648, section 5). */
const toBase64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCodePoint(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
