import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { asyncApiDocument } from "../../../src/features/contract/asyncapi-document.ts";
import { openApiDocument } from "../../../src/features/contract/openapi-document.ts";
import { withoutProse } from "../../support/wire-shape.ts";

/** Hashes of the documents without their prose. `protocol-version.test.ts` hashes the schemas alone; here examples, tags, security and the order of lists count too. */
const agreed = {
  openApi: "7ae726284c7808ce706e1d53d88c287ba937f9763eb5466ababe0d17805cdd80",
  asyncApi: "d51aa58e4681036b3f5763ed6b4147213bfff9e4581df646156b0a6c7a2ad32d",
};

const hashOf = (document: object): string =>
  createHash("sha256")
    .update(JSON.stringify(withoutProse(document)))
    .digest("hex");

test("[CT1] the contract documents change in nothing but prose", () => {
  const hashes = {
    openApi: hashOf(openApiDocument({ version: "0" })),
    asyncApi: hashOf(asyncApiDocument({ version: "0" })),
  };
  expect(
    hashes,
    "the wire changed: decide on a protocol version (src/protocol/version.ts), then update `agreed`",
  ).toEqual(agreed);
});

describe("withoutProse", () => {
  test("ignores titles, summaries, descriptions and the texts of examples", () => {
    const plain = { info: {}, schema: { type: "string", examples: ["a"] }, example: { detail: "b" } };
    const described = {
      info: { title: "A", summary: "B" },
      schema: { type: "string", description: "C", examples: ["c"] },
      example: { detail: "d" },
    };
    expect(hashOf(described)).toBe(hashOf(plain));
  });

  test("keeps properties of these names, bounds, and the shape of examples", () => {
    const schema = (property: object) => ({ properties: { title: property }, example: { title: "a" } });
    expect(hashOf(schema({ maxLength: 1 }))).not.toBe(hashOf(schema({})));
    expect(hashOf({ ...schema({}), example: {} })).not.toBe(hashOf(schema({})));
    expect(hashOf({ properties: {} })).not.toBe(hashOf({ properties: { title: {} } }));
  });
});
