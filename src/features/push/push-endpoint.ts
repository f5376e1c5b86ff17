import type { Config } from "../../config.ts";
import { checkOutboundUrl, OutboundError, type OutboundPolicy } from "../../outbound/index.ts";

/**
 * Checks the URL of a push service as every address that a user chose, and that the operator permits its host.
 *
 * @throws OutboundError `invalid_url`, `forbidden_url`
 */
export function checkPushEndpoint(
  config: OutboundPolicy & Pick<Config, "PUSH_HOSTS">,
  endpoint: string,
): URL {
  const url = checkOutboundUrl(config, endpoint);
  const { PUSH_HOSTS: hosts } = config;
  if (hosts.length > 0 && !hosts.some((host) => url.hostname === host || url.hostname.endsWith(`.${host}`)))
    throw new OutboundError("forbidden_url", "Must be of a push service that this server permits");
  return url;
}
