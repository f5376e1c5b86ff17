import { z } from "zod";

export const Tokens = z
  .object({
    accessToken: z
      .string()
      .meta({ description: "A JWT (RFC 9068, EdDSA). Send it as `Authorization: Bearer <token>`." }),
    refreshToken: z.string().meta({ description: "Opaque. Each use returns a new refresh token." }),
    tokenType: z.literal("Bearer"),
    expiresIn: z.int().meta({ description: "The lifetime of the access token, in seconds." }),
  })
  .meta({ id: "Tokens" });
export type Tokens = z.infer<typeof Tokens>;
