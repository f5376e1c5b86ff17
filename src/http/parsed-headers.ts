/** Headers with their own length limit where they are read; a longer value is ignored there. */
export const selfLimitedHeaders = [
  "Authorization",
  "Cookie",
  "Idempotency-Key",
  "If-None-Match",
  "If-Range",
  "Range",
  "Sec-WebSocket-Protocol",
  "User-Agent",
] as const;

/** All other headers that the server or one of its libraries parses. A test compares both lists with the header reads in `src/`. */
export const limitedHeaders = [
  "Accept",
  "Access-Control-Request-Headers",
  "Access-Control-Request-Method",
  "CF-Connecting-IP",
  "Content-Digest",
  "Content-Encoding",
  "Content-Length",
  "Content-Type",
  "Origin",
  "Parley-Session",
  "Sec-Fetch-Mode",
  "Sec-Fetch-Site",
  "Upgrade",
] as const;
