import { type AsyncApi, type Contract, isObject, type OpenApi } from "./document.ts";

/** Longer than the server needs to build a document for the first time. */
const timeoutMs = 30_000;

/**
 * Fetches both documents of the server that serves this page. Without the AsyncAPI document the REST part is still complete.
 *
 * @throws Error with a text for the reader when the OpenAPI document cannot be loaded
 */
export async function loadContract(): Promise<Contract> {
  const [openApi, asyncApi] = await Promise.allSettled([
    fetchDocument("/v1/openapi.json"),
    fetchDocument("/v1/asyncapi.json"),
  ]);
  if (openApi.status === "rejected") throw openApi.reason;
  if (!isOpenApi(openApi.value)) throw new Error("/v1/openapi.json is not an OpenAPI document.");
  const realtime = asyncApi.status === "fulfilled" ? asyncApi.value : null;
  return { openApi: openApi.value, asyncApi: isAsyncApi(realtime) ? realtime : null };
}

async function fetchDocument(path: string): Promise<unknown> {
  let response: globalThis.Response;
  try {
    response = await fetch(path, { credentials: "omit", signal: AbortSignal.timeout(timeoutMs) });
  } catch {
    throw new Error(`${path} could not be loaded: the server cannot be reached.`);
  }
  if (!response.ok)
    throw new Error(`${path} could not be loaded: the server responded with ${response.status}.`);
  try {
    return await response.json();
  } catch {
    throw new Error(`${path} is not valid JSON, or was cut off.`);
  }
}

const isOpenApi = (value: unknown): value is OpenApi =>
  isObject(value) &&
  typeof value["openapi"] === "string" &&
  isObject(value["info"]) &&
  isObject(value["paths"]) &&
  isObject(value["components"]) &&
  isObject(value["components"]["schemas"]);

const isAsyncApi = (value: unknown): value is AsyncApi =>
  isObject(value) &&
  typeof value["asyncapi"] === "string" &&
  isObject(value["channels"]) &&
  isObject(value["operations"]) &&
  isObject(value["components"]) &&
  isObject(value["components"]["messages"]) &&
  isObject(value["components"]["schemas"]);
