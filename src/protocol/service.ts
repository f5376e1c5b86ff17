import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { errorCodes } from "./errors.ts";

export const Health = z
  .object({
    status: z.enum(["ok", "degraded", "down"]),
    version: z.string(),
    checks: z.record(
      z.string(),
      z.object({ status: z.enum(["ok", "degraded", "down"]), detail: z.string().optional() }),
    ),
  })
  .meta({ id: "Health" });
export type Health = z.infer<typeof Health>;

export const getHealth = endpoint({
  method: "get",
  path: "/v1/health",
  tag: "service",
  auth: "public",
  summary: "Check the health of the server and its dependencies",
  status: 200,
  unhealthyStatus: 503,
  response: Health,
  errors: [],
});

export const getOpenApi = endpoint({
  method: "get",
  path: "/v1/openapi.json",
  tag: "service",
  auth: "public",
  summary: "Get this contract as OpenAPI 3.1",
  status: 200,
  response: z.looseObject({ openapi: z.string() }),
  errors: [],
});

export const getAsyncApi = endpoint({
  method: "get",
  path: "/v1/asyncapi.json",
  tag: "service",
  auth: "public",
  summary: "Get the WebSocket contract as AsyncAPI 3",
  status: 200,
  response: z.looseObject({ asyncapi: z.string() }),
  errors: [],
});

export const getErrorPage = endpoint({
  method: "get",
  path: "/errors/:code",
  tag: "service",
  auth: "public",
  summary: "Get the documentation of an error code",
  params: z.object({ code: z.enum(errorCodes) }),
  status: 200,
  produces: ["text/html", "text/markdown"],
  errors: [],
});
