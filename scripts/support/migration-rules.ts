import { createHash } from "node:crypto";

/** The text of each migration, by its path inside migrations/ (for example "search/0000_init.sql"). */
export type Migrations = ReadonlyMap<string, string>;

/** The SHA-256 of each recorded migration, by its path. */
export type Checksums = Readonly<Record<string, string>>;

/** Two constraints: D1 enforces foreign keys and cannot disable them, and the previous release must work with the new schema. */
const forbidden: { pattern: RegExp; because: string }[] = [
  { pattern: /\bDROP\s+TABLE\b/i, because: "drops a table that the previous release still reads" },
  { pattern: /\bDROP\s+COLUMN\b/i, because: "drops a column that the previous release still reads" },
  { pattern: /\bRENAME\b/i, because: "renames a table or column that the previous release still uses" },
  { pattern: /__new_/i, because: "rebuilds a table, which can delete the rows of tables that refer to it" },
  {
    pattern: /\bON\s+DELETE\s+CASCADE\b/i,
    because: "has ON DELETE CASCADE: rebuilding the parent table would delete all rows",
  },
];

/** Returns the forbidden statements of the migrations, as text. */
export function forbiddenStatements(migrations: Migrations): string[] {
  return [...migrations].flatMap(([path, sql]) => {
    const code = sql.replaceAll(/--.*$/gm, "").replaceAll(/\/\*[^]*?\*\//g, "");
    return forbidden.filter(({ pattern }) => pattern.test(code)).map(({ because }) => `${path} ${because}`);
  });
}

/** Returns the migrations that were edited or removed after they were recorded, and those that are not recorded, as text. */
export function changedMigrations(migrations: Migrations, landed: Checksums): string[] {
  const problems: string[] = [];
  for (const [path, sha256] of Object.entries(landed)) {
    const sql = migrations.get(path);
    if (sql === undefined) problems.push(`${path} was removed, but deployed databases have applied it`);
    else if (checksum(sql) !== sha256)
      problems.push(`${path} was edited, but deployed databases have applied its earlier text`);
  }
  for (const path of migrations.keys()) {
    if (!Object.hasOwn(landed, path))
      problems.push(`${path} is not in checksums.json: npm run check:migrations -- --update`);
  }
  return problems;
}

/** Adds the checksums of new migrations. A recorded checksum stays, also if the file was edited. */
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
