import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const text = readFileSync("docs/security.md", "utf8");

/** The requirements of OWASP ASVS 5.0 of levels 1 and 2 in the chapters V1 to V11 and V16, by section. */
const sections =
  "1.1:1-2 1.2:1-9 1.3:1-11 1.4:1-3 1.5:1-2 2.1:1-3 2.2:1-3 2.3:1-4 2.4:1 3.2:1-2 3.3:1-4 3.4:1-6 3.5:1-5 3.7:1-2 4.1:1-3 4.2:1 4.3:1-2 4.4:1-4 5.1:1 5.2:1-3 5.3:1-2 5.4:1-3 6.1:1-3 6.2:1-12 6.3:1-4 6.4:1-4 6.5:1-5 6.6:1-3 6.8:1-4 7.1:1-3 7.2:1-4 7.3:1-2 7.4:1-5 7.5:1-2 7.6:1-2 8.1:1-2 8.2:1-3 8.3:1 8.4:1 9.1:1-3 9.2:1-4 10.1:1-2 10.2:1-2 10.3:1-4 10.4:1-11 10.5:1-5 10.6:1-2 10.7:1-3 11.1:1-2 11.2:1-3 11.3:1-3 11.4:1-4 11.5:1 11.6:1 16.1:1 16.2:1-5 16.3:1-4 16.4:1-3 16.5:1-3";

const requirements = sections.split(" ").flatMap((section) => {
  const [id = "", ranges = ""] = section.split(":");
  return ranges.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => `V${id}.${first + at}`);
  });
});

/** The first cells of the table rows. */
const listed = [...text.matchAll(/^\| (V[\d.]+(?:, V[\d.]+)*) \|/gm)].flatMap(([, cell = ""]) =>
  cell.split(", "),
);

test("docs/security.md lists each applicable requirement of ASVS once", () => {
  expect(requirements).toHaveLength(202);
  expect(listed.toSorted()).toEqual(requirements.toSorted());
});

test("docs/security.md names test files that exist", () => {
  const named = [...text.matchAll(/`((?:pure|worker|e2e)\/[\w./-]+\.test\.ts)`/g)].map(
    ([, path]) => `test/${path}`,
  );
  expect(named.filter((path) => !existsSync(path))).toEqual([]);
  expect(named.length).toBeGreaterThan(100);
});

test("docs/security.md gives a test, a gap or a reason for each requirement", () => {
  const rows = [...text.matchAll(/^\| V[\d., V]+ \| (.*) \| (.*?) ?\|$/gm)];
  expect(
    rows.filter(([, how, proof]) => how === "" || (proof === "" && how!.length < 15)).map(([row]) => row),
  ).toEqual([]);
});
