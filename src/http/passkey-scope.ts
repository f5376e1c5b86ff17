import type { Config } from "../config.ts";
import type { PasskeyScope } from "../domain/second-factor.ts";
import { isAllowedOrigin } from "./cors.ts";

/**
 * Returns the external origin of the deployment: `PUBLIC_URL`, or on a local server the origin of the request. Undefined in production
 * without `PUBLIC_URL`, since a client chooses the `Host` header.
 */
export function publicOrigin(
  { PUBLIC_URL, ENVIRONMENT }: Pick<Config, "PUBLIC_URL" | "ENVIRONMENT">,
  request: Request,
): string | undefined {
  if (PUBLIC_URL) return PUBLIC_URL;
  return ENVIRONMENT === "local" ? new URL(request.url).origin : undefined;
}

/**
 * Returns the domain to which passkeys belong (the RP ID of WebAuthn) and the origins of the pages that may use them: those of the
 * deployment and of `ALLOWED_ORIGINS` on this domain or below it. Undefined if the domain is not known.
 */
export function passkeyScope(config: Config, request: Request): PasskeyScope | undefined {
  const page = request.headers.get("Origin") ?? "";
  const base = config.PUBLIC_URL ?? (isAllowedOrigin(config, page) ? page : publicOrigin(config, request));
  if (base === undefined) return undefined;
  const rpId = config.PASSKEY_DOMAIN ?? new URL(base).hostname;
  const origins = [base, ...config.ALLOWED_ORIGINS].filter((origin) => {
    const { hostname } = new URL(origin);
    return hostname === rpId || hostname.endsWith(`.${rpId}`);
  });
  return { rpId, origins: [...new Set(origins)] };
}
