export { checkOutboundUrl, type OutboundPolicy } from "./check-url.ts";
export { fetchOutbound, type OutboundResponse } from "./fetch-outbound.ts";
export { OutboundError, type OutboundErrorCode } from "./outbound-error.ts";
export { isPublicAddress } from "./public-address.ts";
export { readAtMost } from "./read-at-most.ts";
export { retryAfterOf } from "./retry-after.ts";
export { newWebhookSecret, standardWebhookHeaders } from "./standard-webhooks.ts";
