import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { LoginResult } from "./login-result.ts";

export const ProviderId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "Must have 1 to 32 characters of a-z 0-9 -");

export const LoginProvider = z
  .object({
    id: ProviderId.meta({ description: "In the paths of the provider's endpoints.", examples: ["acme"] }),
    name: z.string(),
  })
  .meta({ id: "LoginProvider", description: "A provider for single sign-on (OpenID Connect)." });
export type LoginProvider = z.infer<typeof LoginProvider>;

const params = z.object({ provider: z.string().max(64).meta({ description: "The id of the provider." }) });

export const getLoginProviders = endpoint({
  method: "get",
  path: "/v1/auth/oidc",
  tag: "auth",
  auth: "public",
  summary: "List the providers for single sign-on (OpenID Connect)",
  status: 200,
  response: z.object({
    items: z.array(LoginProvider),
    nextCursor: z.null(),
    passwordLogin: z.boolean().meta({ description: "Whether members can log in with a password as well." }),
  }),
  errors: [],
});

export const startProviderLogin = endpoint({
  method: "get",
  path: "/v1/auth/oidc/:provider/start",
  tag: "auth",
  auth: "public",
  summary: "Redirect the browser to a provider, to log in there",
  params,
  query: z.strictObject({
    returnTo: z.string().max(2_048).optional().meta({
      description:
        "The page of the application to return to, on an allowed origin. It receives `code` or `error` in its fragment.",
    }),
    codeChallenge: z
      .string()
      .regex(/^[A-Za-z0-9_-]{43}$/, "Must be the SHA-256 of the verifier in base64url")
      .optional()
      .meta({
        description: "Binds the code to this application: base64url(SHA-256(codeVerifier)) (RFC 7636).",
      }),
  }),
  status: 302,
  errors: [],
});

export const finishProviderLogin = endpoint({
  method: "get",
  path: "/v1/auth/oidc/:provider/callback",
  tag: "auth",
  auth: "public",
  summary: "The address to which the provider returns the browser. Redirects to the application",
  params,
  query: z.looseObject({
    state: z.string().max(512).optional().meta({ description: "As it was sent to the provider." }),
  }),
  status: 302,
  errors: ["unauthenticated"],
});

export const exchangeProviderCode = endpoint({
  method: "post",
  path: "/v1/auth/oidc/exchange",
  tag: "auth",
  auth: "public",
  summary: "Exchange the code that the application's page received for a session",
  body: z.strictObject({
    code: z
      .string()
      .min(1)
      .max(2_048)
      .regex(/^[\w.-]+$/, "Must be a code")
      .meta({ description: "From the fragment of the page.", examples: ["eyJhbGciOiJkaXIi..c2VhbGVk"] }),
    codeVerifier: z
      .string()
      .min(43)
      .max(128)
      .optional()
      .meta({
        description: "Required if the login was started with a `codeChallenge`.",
        examples: ["dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"],
      }),
  }),
  cookieSession: true,
  status: 200,
  response: LoginResult,
  errors: ["unauthenticated"],
});
