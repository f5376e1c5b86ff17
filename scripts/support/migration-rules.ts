import { createHash } from "node:crypto";

/** A migration's path inside migrations/ (as in "search/0000_init.sql") → its text. */
export type Migrations = ReadonlyMap<string, string>;

/** A migration's path → the SHA-256 of what landed. */
export type Checksums = Readonly<Record<string, string>>;

/** D1 has foreign keys on and cannot turn them off, and the release before must still run on what comes after. */
const forbidden: { pattern: RegExp; because: string }[] = [
  { pattern: /\bDROP\s+TABLE\b/i, because: "drops a table, and the release before still reads it" },
  { pattern: /\bDROP\s+COLUMN\b/i, because: "drops a column, and the release before still reads it" },
  { pattern: /\bRENAME\b/i, because: "renames what the release before still calls by its old name" },
  { pattern: /__new_/i, because: "rebuilds a table, which has emptied the tables that refer to it" },
  {
    pattern: /\bON\s+DELETE\s+CASCADE\b/i,
    because: "has ON DELETE CASCADE: a table's rebuild would empty its children",
  },
];

/** What is wrong with the text of the migrations, a line each. */
export function forbiddenStatements(migrations: Migrations): string[] {
  return [...migrations].flatMap(([path, sql]) => {
    const code = sql.replaceAll(/--.*$/gm, "").replaceAll(/\/\*[^]*?\*\//g, "");
    return forbidden.filter(({ pattern }) => pattern.test(code)).map(({ because }) => `${path} ${because}`);
  });
}

/** What was edited, removed or not recorded since it landed, a line each. */
export function changedMigrations(migrations: Migrations, landed: Checksums): string[] {
  const problems: string[] = [];
  for (const [path, sha256] of Object.entries(landed)) {
    const sql = migrations.get(path);
    if (sql === undefined) problems.push(`${path} has landed and is gone: databases out there have run it`);
    else if (checksum(sql) !== sha256)
      problems.push(`${path} has landed and was edited: databases out there have run it as it was`);
  }
  for (const path of migrations.keys()) {
    if (!Object.hasOwn(landed, path))
      problems.push(`${path} is not in checksums.json: npm run check:migrations -- --update`);
  }
  return problems;
}

/** The checksums with the new migrations added. What has landed keeps its checksum, whatever its file says now. */
export function withNewMigrations(migrations: Migrations, landed: Checksums): Checksums {
  const all = {
    ...Object.fromEntries([...migrations].map(([path, sql]) => [path, checksum(sql)])),
    ...landed,
  };
  return Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function checksum(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
