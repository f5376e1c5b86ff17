/** Every header whose value the server or one of its libraries parses. A test compares the list with the reads in `src/`. */
export const parsedHeaders = [
  "Accept",
  "Access-Control-Request-Headers",
  "Access-Control-Request-Method",
  "Authorization",
  "CF-Connecting-IP",
  "Content-Digest",
  "Content-Encoding",
  "Content-Length",
  "Content-Type",
  "If-None-Match",
  "If-Range",
  "Origin",
  "Range",
  "Sec-WebSocket-Protocol",
  "Upgrade",
  "User-Agent",
] as const;
