export { checkOutboundUrl, hostOf, maxUrlLength, type OutboundPolicy } from "./check-url.ts";
export { fetchOutbound, type OutboundRequest, type OutboundResponse } from "./fetch-outbound.ts";
export { OutboundError, type OutboundErrorCode } from "./outbound-error.ts";
export { isPublicAddress } from "./public-address.ts";
export { newWebhookSecret, standardWebhookHeaders } from "./standard-webhooks.ts";
