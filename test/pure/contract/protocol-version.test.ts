import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { asyncApiDocument } from "../../../src/features/contract/asyncapi-document.ts";
import { openApiDocument } from "../../../src/features/contract/openapi-document.ts";
import { protocolVersion } from "../../../src/protocol/index.ts";

/** The wire that was last agreed on. */
const agreed = {
  protocolVersion: 1,
  hash: "14f7cd2cb452a945230f0d687581f501e6a484cd2528bb0e20f9f4c49d7e9157",
};

const prose = new Set([
  "info",
  "summary",
  "description",
  "title",
  "tags",
  "example",
  "examples",
  "externalDocs",
]);

/** The document without what people read: keys sorted, prose gone. The names of properties are no prose. */
function wireOf(node: unknown, names = false): unknown {
  if (Array.isArray(node))
    return node.every((item) => typeof item === "string")
      ? node.toSorted()
      : node.map((item) => wireOf(item));
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => names || !prose.has(key))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, wireOf(value, !names && key === "properties")]),
  );
}

const hashOf = (...documents: object[]): string =>
  createHash("sha256")
    .update(JSON.stringify(documents.map((document) => wireOf(document))))
    .digest("hex");

test("a changed wire format requires a decision", () => {
  const hash = hashOf(openApiDocument({ version: "0" }), asyncApiDocument({ version: "0" }));
  expect(
    { protocolVersion, hash },
    `The wire format has changed. If a client of the last release would break (something removed, renamed, narrowed or newly
required), raise protocolVersion in src/protocol/version.ts and write so in CHANGELOG.md; an addition keeps the version.
Then set \`agreed\` in this file to { protocolVersion: ${protocolVersion}, hash: "${hash}" }.`,
  ).toEqual(agreed);
});

test("prose does not change the hash, schemas do", () => {
  const schema = (more: object) => ({
    properties: { title: { type: "string", ...more } },
    required: ["a", "b"],
  });
  expect(hashOf(schema({ description: "x", examples: ["y"] }))).toBe(hashOf(schema({})));
  expect(hashOf({ ...schema({}), required: ["b", "a"] })).toBe(hashOf(schema({})));
  expect(hashOf(schema({ maxLength: 3 }))).not.toBe(hashOf(schema({})));
  expect(hashOf({ properties: { title: {} } })).not.toBe(hashOf({ properties: { description: {} } }));
});
