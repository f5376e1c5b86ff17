import { describe, expect, test } from "vitest";
import { asyncApiDocument } from "../../../src/features/contract/asyncapi-document.ts";
import { openApiDocument } from "../../../src/features/contract/openapi-document.ts";
import type { AsyncApi, Components, OpenApi, Schema } from "../../../web/src/reference/contract/document.ts";
import {
  childrenOf,
  describeSchema,
  type SchemaNode,
} from "../../../web/src/reference/schema/describe-schema.ts";
import { flattenSchema } from "../../../web/src/reference/schema/flatten-schema.ts";
import { factsOf } from "../../../web/src/reference/schema/schema-facts.ts";

const openApi = openApiDocument({ version: "0.0.0" }) as unknown as OpenApi;
const asyncApi = asyncApiDocument({ version: "0.0.0" }) as unknown as AsyncApi;

const components: Components = {
  Id: { type: "string", pattern: "^x$", description: "An id." },
  Alias: { $ref: "#/components/schemas/Id" },
  Loop: { $ref: "#/components/schemas/Loop" },
  Tree: {
    type: "object",
    required: ["id"],
    properties: {
      id: { $ref: "#/components/schemas/Id" },
      children: { type: "array", items: { $ref: "#/components/schemas/Tree" } },
      parent: { anyOf: [{ $ref: "#/components/schemas/Tree" }, { type: "null" }] },
    },
  },
};
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const children = (schema: Schema): SchemaNode[] => childrenOf(describeSchema(schema, components), components);

describe("flattening", () => {
  test("a reference is followed, and keywords beside it apply", () => {
    expect(flattenSchema({ ...ref("Id"), description: "Mine." }, components)).toEqual({
      names: ["Id"],
      schema: { type: "string", pattern: "^x$", description: "Mine." },
      choices: [],
      isNullable: false,
    });
  });

  test("a chain of references keeps the outermost name", () => {
    expect(flattenSchema(ref("Alias"), components)).toMatchObject({
      names: ["Alias"],
      schema: { type: "string" },
    });
  });

  test.each(["Loop", "Missing", "constructor"])("a reference to %s adds no keywords", (name) => {
    expect(flattenSchema(ref(name), components)).toEqual({
      names: [name],
      schema: {},
      choices: [],
      isNullable: false,
    });
  });

  test("the parts of allOf are united", () => {
    const { schema, names } = flattenSchema(
      {
        allOf: [
          ref("Tree"),
          { type: "object", properties: { size: { type: "integer" } }, required: ["size"] },
        ],
        description: "Both.",
      },
      components,
    );
    expect(names).toEqual(["Tree"]);
    expect(Object.keys(schema.properties ?? {})).toEqual(["id", "children", "parent", "size"]);
    expect(schema.required).toEqual(["id", "size"]);
    expect(schema.description).toBe("Both.");
  });

  test.each<[string, Schema]>([
    ["an alternative", { anyOf: [{ type: "string" }, { type: "null" }] }],
    ["a list of types", { type: ["string", "null"] }],
    ["`nullable` of OpenAPI 3.0", { type: "string", nullable: true }],
  ])("null is separated from the type: %s", (_, schema) => {
    expect(flattenSchema(schema, components)).toMatchObject({
      schema: { type: "string" },
      choices: [],
      isNullable: true,
    });
  });

  test("several alternatives remain", () => {
    const schemas = [{ type: "string" }, { type: "integer" }];
    const { choices } = flattenSchema({ oneOf: schemas, anyOf: [...schemas, { type: "null" }] }, components);
    expect(choices).toEqual([
      { keyword: "anyOf", schemas },
      { keyword: "oneOf", schemas },
    ]);
  });
});

describe("the tree", () => {
  test.each<[Schema, string]>([
    [{ type: "string" }, "string"],
    [ref("Id"), "Id (string)"],
    [ref("Tree"), "Tree"],
    [{ anyOf: [ref("Id"), { type: "null" }] }, "Id (string) | null"],
    [{ anyOf: [{ type: "string" }, { type: "integer" }, { type: "string" }] }, "string | integer"],
    [{ oneOf: Array.from({ length: 9 }, () => ref("Id")) }, "one of 9 options"],
    [{ type: "array", items: ref("Tree") }, "array of Tree"],
    [{ type: "array", items: { type: ["string", "null"] } }, "array of (string | null)"],
    [{ type: "array", prefixItems: [{ type: "string" }, ref("Id")] }, "array of string, Id"],
    [{ type: "array", items: {} }, "array"],
    [{ type: ["string", "integer"] }, "string | integer"],
    [{ const: 1 }, "number"],
    [{ enum: ["a", null] }, "string | null"],
    [{ properties: {} }, "object"],
    [{}, "any"],
  ])("the type of %j is %s", (schema, type) => {
    expect(describeSchema(schema, components).type).toBe(type);
  });

  test("properties are listed with whether they are required", () => {
    expect(children(ref("Tree")).map(({ name, isRequired, type }) => [name, isRequired, type])).toEqual([
      ["id", true, "Id (string)"],
      ["children", false, "array of Tree"],
      ["parent", false, "Tree | null"],
    ]);
  });

  test("a recursive component ends", () => {
    const [, list, parent] = children(ref("Tree"));
    expect(parent).toMatchObject({ isRecursive: true, hasChildren: false });
    expect(childrenOf(list!, components)).toMatchObject([{ name: "each item", isRecursive: true }]);
  });

  test("items that are objects show their properties directly", () => {
    const items = { type: "object", properties: { a: { type: "string" } } };
    expect(children({ type: "array", items }).map(({ name }) => name)).toEqual(["a"]);
    expect(children({ type: "array", items: ref("Id") }).map(({ name }) => name)).toEqual(["each item"]);
    expect(children({ type: "array", items: { type: "string" } })).toEqual([]);
  });

  test("other keys, tuples, `contains` and alternatives are children", () => {
    expect(children({ type: "object", additionalProperties: ref("Tree") })).toMatchObject([
      { name: "other keys", isProperty: false, hasChildren: true },
    ]);
    expect(children({ type: "object", additionalProperties: true })).toEqual([]);
    expect(children({ type: "array", prefixItems: [{}, {}], items: false })).toHaveLength(2);
    expect(children({ type: "array", items: {}, contains: ref("Tree") })).toMatchObject([
      { name: "at least one item", type: "Tree" },
    ]);
    expect(children({ oneOf: [ref("Tree"), { type: "string", minLength: 1 }] })).toMatchObject([
      { name: "option 1 of 2", type: "Tree" },
      { name: "option 2 of 2", facts: [{ label: "Length", text: "at least 1 character" }] },
    ]);
    expect(children({ anyOf: [{ type: "string" }, { type: "integer" }] })).toEqual([]);
  });

  test("every schema of both documents is expanded to its end", () => {
    let count = 0;
    const expand = (node: SchemaNode, all: Components, depth: number): void => {
      count++;
      expect(depth, node.path.join(" > ")).toBeLessThan(20);
      const found = childrenOf(node, all);
      expect(found.length > 0, node.path.join(" > ")).toBe(node.hasChildren);
      for (const child of found) expand(child, all, depth + 1);
    };
    for (const { schemas } of [openApi.components, asyncApi.components])
      for (const schema of Object.values(schemas)) expand(describeSchema(schema, schemas), schemas, 0);
    expect(count).toBeGreaterThan(2_000);
  });
});

test("constraints are written as phrases", () => {
  const facts = (schema: Schema): string[] =>
    factsOf(schema).map(({ label, text, codes }) => `${label}: ${text ?? codes?.join(" ")}`);
  expect(facts({ const: null })).toEqual(["Always: null"]);
  expect(facts({ enum: ["a", 1, null] })).toEqual(['One of: "a" 1 null']);
  expect(facts({ not: { const: "a" } })).toEqual(['Not: "a"']);
  expect(facts({ minLength: 0, maxLength: 1 })).toEqual(["Length: 0 to 1 character"]);
  expect(facts({ minLength: 4, maxLength: 4 })).toEqual(["Length: 4 characters"]);
  expect(facts({ maxLength: 80, pattern: "^a$", format: "uri" })).toEqual([
    "Format: uri",
    "Length: at most 80 characters",
    "Pattern: ^a$",
  ]);
  expect(facts({ minimum: 0, exclusiveMaximum: 5, multipleOf: 2 })).toEqual([
    "Range: ≥ 0, < 5",
    "Multiple of: 2",
  ]);
  expect(facts({ minItems: 1, uniqueItems: true })).toEqual([
    "Size: at least 1 item",
    "Items: all different",
  ]);
  expect(facts({ default: false, examples: [1, 2] })).toEqual(["Default: false", "Examples: 1 2"]);
  expect(facts({ default: null, example: "x" })).toEqual(["Default: null", 'Example: "x"']);
  expect(facts({ minLength: 0, propertyNames: { maxLength: 64 } })).toEqual(["Keys: at most 64 characters"]);
});
