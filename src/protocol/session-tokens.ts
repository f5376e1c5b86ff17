import { z } from "zod";

/** With the value `cookie`, a page of the server's own origin gets its refresh token as a cookie instead of in the body. */
export const cookieSessionHeader = "Parley-Session";

/**
 * The cookies of such a session: the refresh token, for the requests with that header, and the access token, for bytes that a page embeds. A
 * local server without TLS omits the prefix `__Host-`, which browsers accept only by https.
 */
export const sessionCookieNames = {
  refresh: "__Host-parley-refresh",
  access: "__Host-parley-access",
} as const;

export const Tokens = z
  .object({
    accessToken: z
      .string()
      .meta({ description: "A JWT (RFC 9068, EdDSA). Send it as `Authorization: Bearer <token>`." }),
    refreshToken: z.string().meta({
      description:
        "Opaque. Each use returns a new refresh token. Empty if the request had the header `Parley-Session: cookie`: a cookie has it then.",
    }),
    tokenType: z.literal("Bearer"),
    expiresIn: z.int().meta({ description: "The lifetime of the access token, in seconds." }),
  })
  .meta({ id: "Tokens" });
export type Tokens = z.infer<typeof Tokens>;
