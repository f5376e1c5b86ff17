import { expect, test } from "vitest";
import { openApiDocument } from "../../../src/features/contract/openapi-document.ts";
import {
  type Endpoint,
  endpoints,
  getFileContent,
  uploadFile,
  uploadPart,
} from "../../../src/protocol/index.ts";
import type { Json } from "../../support/json-walk.ts";

const document = openApiDocument({ version: "0.1.0" });
const operationOf = ({ path, method }: Endpoint): Json =>
  (document.paths as Record<string, Record<string, Json>>)[path.replaceAll(/:(\w+)/g, "{$1}")]![method]!;
const contentOf = (endpoint: Endpoint): Record<string, { schema: Json }> =>
  ((operationOf(endpoint)["requestBody"] ?? { content: {} }) as Json)["content"] as never;
const headersOf = (endpoint: Endpoint): string[] =>
  ((operationOf(endpoint)["parameters"] ?? []) as Json[])
    .filter((parameter) => parameter["in"] === "header")
    .map(({ name }) => String(name));

const all: [string, Endpoint][] = Object.entries(endpoints);

test.each(all)("%s accepts bodies of its endpoint's media types", (_, endpoint) => {
  const types = endpoint.consumes ?? (endpoint.body ? ["application/json"] : []);
  expect(Object.keys(contentOf(endpoint))).toEqual(types);
});

test("raw bodies are binary; a form has only the field `file`", () => {
  const bytes = { type: "string", format: "binary" };
  expect(contentOf(uploadPart)).toEqual({ "application/octet-stream": { schema: bytes } });
  expect(contentOf(uploadFile)["multipart/form-data"]!.schema).toEqual({
    type: "object",
    required: ["file"],
    properties: { file: { ...bytes, description: expect.any(String) } },
    additionalProperties: false,
  });
});

test("[FL6] range and digest headers are declared", () => {
  const partial = all.filter(([, { partial: isPartial }]) => isPartial);
  expect(partial.map(([name]) => name)).toEqual(["getFileContent", "getEmojiImage"]);
  expect(headersOf(getFileContent)).toEqual(["Range", "If-Range", "If-None-Match"]);
  expect(headersOf(uploadFile)).toEqual(["Content-Digest"]);
  expect(headersOf(uploadPart)).toEqual([]);
});
