import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import ajvFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { contractVersion, openApiDocument } from "../../../src/features/contract/openapi-document.ts";
import { endpoints, errorCatalog, errorsOf, protocolVersion, sockets } from "../../../src/protocol/index.ts";
import { danglingRefs, type Json, objectsIn, resolvePointer } from "../../support/json-walk.ts";

const document = openApiDocument({ version: "0.1.0" });
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation: operation as Json })),
);
const operationOf = (name: string): Json =>
  operations.find(({ operation }) => operation["operationId"] === name)!.operation;
const parameterOf = (operation: string, name: string): Json | undefined =>
  (operationOf(operation)["parameters"] as Json[]).find((parameter) => parameter["name"] === name);

/** Compiles the schema at `pointer` as the document's readers would. */
function validatorOf(pointer: string) {
  const ajv = new Ajv2020({ strict: false });
  ajvFormats.default(ajv);
  return ajv.addSchema(document, "doc").compile({ $ref: `doc${pointer}` });
}

describe("OpenAPI document", () => {
  test("is valid OpenAPI 3.1", async () => {
    const result = await new Validator().validate(structuredClone(document));
    expect(result).toEqual({ valid: true });
  });

  test("is the same each time", () => {
    expect(JSON.stringify(openApiDocument({ version: "0.1.0" }))).toBe(JSON.stringify(document));
  });

  test("has the protocol's version and the build's", () => {
    expect(document.info["version"]).toBe(`${protocolVersion}.0.0+0.1.0`);
    expect(contractVersion("2.3.4")).toBe(`${protocolVersion}.0.0+2.3.4`);
  });

  test("has exactly the endpoints and sockets", () => {
    const expected = [
      ...Object.entries(endpoints).map(([name, { method, path }]) => `${name} ${method} ${path}`),
      ...Object.entries(sockets).map(([name, { path }]) => `${name} get ${path}`),
    ];
    const found = operations.map(
      ({ path, method, operation }) =>
        `${operation["operationId"]} ${method} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`,
    );
    expect(found.toSorted()).toEqual(expected.toSorted());
  });

  test("resolves every reference", () => {
    expect(danglingRefs(document)).toEqual([]);
  });

  test("uses every component", () => {
    const used = new Set([...objectsIn(document)].map(({ object }) => object["$ref"]));
    const components = ["schemas", "responses", "headers"].flatMap((kind) =>
      Object.keys(document.components[kind]!).map((name) => `#/components/${kind}/${name}`),
    );
    expect(components.filter((pointer) => !used.has(pointer))).toEqual([]);
  });
});

describe.each(Object.entries(endpoints))("%s", (name, endpoint) => {
  const operation = operationOf(name);
  const responses = operation["responses"] as Record<string, Json>;

  test("declares each parameter of its path, and marks it required", () => {
    const inPath = ((operation["parameters"] ?? []) as Json[]).filter(
      (parameter) => parameter["in"] === "path",
    );
    expect(inPath.map((parameter) => `:${parameter["name"]}`)).toEqual(endpoint.path.match(/:\w+/g) ?? []);
    expect(inPath.every((parameter) => parameter["required"] === true)).toBe(true);
  });

  test("requires a session exactly when the endpoint does", () => {
    expect(operation["security"]).toEqual([
      ...{ user: [{ accessToken: [] }], server: [{ serverKey: [] }], public: [] }[endpoint.auth],
      ...(endpoint.embeddable ? [{ accessCookie: [] }] : []),
    ]);
  });

  test("[BS1] declares the header of sessions in cookies where it is accepted", () => {
    const headers = ((operation["parameters"] ?? []) as Json[]).filter(
      (parameter) => parameter["name"] === "Parley-Session",
    );
    expect(headers).toHaveLength(endpoint.cookieSession ? 1 : 0);
  });

  test("has the statuses of its success and its errors", () => {
    const expected = [
      endpoint.status,
      endpoint.repeatStatus,
      endpoint.acceptedStatus,
      endpoint.unhealthyStatus,
      ...(endpoint.partial ? [206, 304] : []),
      ...(endpoint.etag ? [304] : []),
      ...(endpoint.redirects ? [302] : []),
      ...errorsOf(endpoint).map((code) => errorCatalog[code].status),
    ];
    const distinct = [...new Set(expected.filter((status) => status !== undefined).map(String))];
    expect(Object.keys(responses).toSorted()).toEqual(distinct.toSorted());
  });

  test("shows a problem for each of its errors", () => {
    for (const code of errorsOf(endpoint)) {
      const reference = responses[errorCatalog[code].status]!["$ref"] as string;
      expect(
        resolvePointer(document, `${reference}/content/application~1problem+json/examples/${code}/value`),
      ).toMatchObject({
        code,
        type: `/errors/${code}`,
        status: errorCatalog[code].status,
      });
    }
  });

  test("has content exactly when it returns some", () => {
    const content = responses[endpoint.status]!["content"];
    const isEmpty = [204, 302].includes(endpoint.status) || (endpoint.status === 202 && !endpoint.response);
    if (isEmpty) expect(content).toBeUndefined();
    else expect(Object.keys(content as Json)).toEqual(endpoint.produces ?? ["application/json"]);
  });
});

describe("schemas", () => {
  test("describe a query parameter by its meaning, not as a string", () => {
    expect(parameterOf("getChannelMessages", "limit")).toEqual({
      name: "limit",
      in: "query",
      description: expect.any(String),
      schema: { type: "integer", minimum: 1, maximum: 100, default: 50 },
    });
    expect(parameterOf("getChannelMessages", "before")?.["schema"]).toEqual({
      type: "integer",
      minimum: 0,
      format: "int64",
    });
    expect(parameterOf("getChannelEvents", "after")?.["schema"]).toMatchObject({
      type: "integer",
      default: 0,
    });
    expect(parameterOf("getChannels", "scope")?.["schema"]).toMatchObject({
      enum: ["joined", "public"],
      default: "joined",
    });
  });

  test("make a field with a default optional in a body, required in a response", () => {
    const body = resolvePointer(
      operationOf("createChannel"),
      "#/requestBody/content/application~1json/schema",
    ) as Json;
    expect(body["required"]).toEqual(["name"]);
    expect((document.components["schemas"]!["Channel"] as Json)["required"]).toContain("topic");
  });

  test("close every body to unknown fields", () => {
    const bodies = operations.map(({ operation }) => operation["requestBody"]);
    const objects = [...objectsIn(bodies)].filter(({ object }) => object["type"] === "object");
    expect(objects.length).toBeGreaterThan(5);
    expect(objects.filter(({ object }) => object["additionalProperties"] !== false)).toEqual([]);
  });

  test("leave responses open to additions", () => {
    const answers = Object.values(document.components["schemas"]!).concat(
      operations.map(({ operation }) => operation["responses"]),
    );
    const closed = [...objectsIn(answers)].filter(({ object }) => object["additionalProperties"] === false);
    expect(closed).toEqual([]);
  });

  test("count text in code points", () => {
    const body = `#/paths/${"/v1/channels/{channelId}/messages".replaceAll("/", "~1").replaceAll("{", "%7B").replaceAll("}", "%7D")}/post/requestBody/content/application~1json/schema`;
    const valid = validatorOf(body);
    expect(valid({ content: "😀".repeat(8_000) })).toBe(true);
    expect(valid({ content: "😀".repeat(8_001) })).toBe(false);
    expect(valid({ content: "hi", colour: "red" })).toBe(false);
  });

  test("accept their own examples", () => {
    const ajv = new Ajv2020({ strict: false });
    ajvFormats.default(ajv);
    const faults: string[] = [];
    let seen = 0;
    ajv.addSchema(document, "doc");
    for (const { pointer, object } of objectsIn(document)) {
      const schema = (object["schema"] ?? object) as Json;
      const examples = Array.isArray(object["examples"])
        ? object["examples"]
        : Object.values((object["examples"] ?? {}) as Record<string, { value: unknown }>).map(
            ({ value }) => value,
          );
      const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"doc#/')) as Json;
      for (const example of examples) {
        seen++;
        if (!ajv.validate(absolute, example)) faults.push(`${pointer}: ${ajv.errorsText()}`);
      }
    }
    expect(faults).toEqual([]);
    expect(seen).toBeGreaterThan(10);
  });
});
