import { expect, test } from "vitest";
import { typesWithoutProse, withoutProse } from "../../scripts/support/prose.ts";

test("summaries, help and `.meta()` go, whatever is written in them; everything else stays", async () => {
  const module = `
    export const Pin = z.object({ id: Id.meta({ description: "(a \\"pin\\")" }) }).meta({ id: "Pin" }).strict();
    export const one = { summary: "Says { this }, \`so\`", status: 200, help: 'it\\'s "quoted"' };
    export const two = endpoint({ path: "/v1", summary:
      "On a line of its own", response: page(Pin).meta({ examples: [")"] }) });
  `;
  const bare = await withoutProse(module);
  expect(bare.replaceAll(/\s+/g, " ")).toBe(
    'const Pin = z.object({ id: Id }).strict(); const one = { status: 200, }; const two = endpoint({ path: "/v1", response: page(Pin) }); export { Pin, one, two }; ',
  );
});

test("prose that is written in another way is told, not kept", async () => {
  await expect(withoutProse("export const a = { summary: `at ${most}` + more };")).rejects.toThrow(
    "Prose is left",
  );
  await expect(withoutProse("export const a = { help: texts.first };")).rejects.toThrow("Prose is left");
});

test("the types go with them", () => {
  const types = `interface E {\n    summary: string;\n    path: string;\n}\ndeclare const e: {\n    readonly summary: "A; b";\n    readonly path: "/v1";\n};\n`;
  expect(typesWithoutProse(types)).toBe(
    `interface E {\n    path: string;\n}\ndeclare const e: {\n    readonly path: "/v1";\n};\n`,
  );
});
