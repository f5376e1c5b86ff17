import { describe, expect, test } from "vitest";
import { openApiDocument } from "../../../src/features/contract/openapi-document.ts";
import { endpoints } from "../../../src/protocol/index.ts";

const document = openApiDocument({ version: "0.0.0" });
const schemas = document.components["schemas"] as Record<string, any>;

const described = (schema: any): boolean =>
  Boolean(schema.description) || Boolean(schema.$ref && schemas[schema.$ref.split("/").at(-1)]?.description);

/** Returns the paths of all properties of a schema, and of its nested schemas, that have no description. */
function undescribed(node: unknown, path: string): string[] {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    const own =
      key === "properties" && !Array.isArray(node)
        ? Object.entries(value as object).flatMap(([name, property]) =>
            described(property) ? [] : [`${path}.${name}`],
          )
        : [];
    return key.startsWith("example") ? [] : [...own, ...undescribed(value, `${path}/${key}`)];
  });
}

describe("[CT2] OpenAPI document", () => {
  test("describes every schema, property, parameter and tag", () => {
    expect(Object.keys(schemas).filter((name) => !schemas[name].description)).toEqual([]);
    expect(undescribed(schemas, "schemas")).toEqual([]);
    expect(undescribed(document.paths, "paths")).toEqual([]);
    const parameters = Object.values(document.paths).flatMap((path) =>
      Object.values(path as Record<string, any>).flatMap(({ parameters: own = [] }) => own),
    );
    expect(parameters.filter((parameter) => !parameter.description && !described(parameter.schema))).toEqual(
      [],
    );
  });

  test.each(Object.entries(endpoints))("has valid examples for %s", (name, endpoint) => {
    const operation = Object.values(document.paths)
      .flatMap((path) => Object.values(path as Record<string, any>))
      .find(({ operationId }) => operationId === name);
    if (endpoint.body) {
      const { example } = operation.requestBody.content["application/json"];
      const parsed = endpoint.body.safeParse(example);
      expect(parsed.success, JSON.stringify({ example, error: parsed.error?.issues })).toBe(true);
    }
    if (endpoint.response) {
      const { example } = operation.responses[endpoint.status].content["application/json"];
      const parsed = endpoint.response.safeParse(example);
      expect(parsed.success, JSON.stringify({ example, error: parsed.error?.issues })).toBe(true);
    }
  });
});
