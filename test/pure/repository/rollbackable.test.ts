import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** A private field that can change, or a collection: state that a rolled-back transaction can make wrong. */
const mutableField = /^ {2}#\w+(?:!?:| =)|^ {2}readonly #\w+.* = new (?:LruMap|Map|Set)\b/m;
/** The class reads stored rows. */
const storageField = /^ {2}readonly #sql: SqlStorage;/m;

const parts = globSync("src/user-object/**/*.ts")
  .map((path) => ({ path, text: readFileSync(path, "utf8") }))
  .filter(({ text }) => storageField.test(text));

test("every part of a hub that caches stored rows can discard them after a rollback", () => {
  const caching = parts.filter(({ text }) => mutableField.test(text));
  expect(caching.map(({ path }) => path)).toContain("src/user-object/account.ts");
  const forgetful = caching.filter(
    ({ text }) => !text.includes("implements Rollbackable") || !/^ {2}invalidate\(\): void \{/m.test(text),
  );
  expect(forgetful.map(({ path }) => path)).toEqual([]);
});
