import { CommandError } from "./command.ts";

/** The part of `[env.production]` that provisioning uses, as wrangler parses it. */
export interface ProductionConfig {
  vars: Record<string, unknown>;
  d1_databases: { binding: string; database_name?: string; database_id?: string }[];
  r2_buckets: { binding: string; bucket_name?: string; jurisdiction?: string }[];
  secrets?: { required?: string[] };
}

/** A database or bucket that `npm run deploy -- --create` creates; `args` are wrangler's arguments. */
export interface NewResource {
  kind: "d1" | "r2";
  binding: string;
  name: string;
  args: string[];
}

/** The location hints that D1 and R2 accept; Durable Objects accept further ones. */
const storageRegions = new Set(["wnam", "enam", "weur", "eeur", "apac", "oc"]);

/** Whether a database id is set, and not the placeholder of zeros. */
const isFilled = (id: string | undefined): boolean => id !== undefined && /[^0-]/.test(id);

/** Returns the D1 databases of production without an id in `wrangler.toml`. */
export const unfilledDatabases = (config: ProductionConfig) =>
  config.d1_databases.filter(({ database_id: id }) => !isFilled(id));

/**
 * Lists the databases and buckets to create before the first deployment, in the jurisdiction or region of the vars. D1 and R2 accept a
 * location only at creation.
 */
export function resourcesToCreate(config: ProductionConfig): NewResource[] {
  const { jurisdiction, region } = locationOf(config);
  const where = jurisdiction
    ? ["--jurisdiction", jurisdiction]
    : region && storageRegions.has(region)
      ? ["--location", region]
      : [];
  return [
    ...unfilledDatabases(config).map(({ binding, database_name: name = "" }) => ({
      kind: "d1" as const,
      binding,
      name,
      args: ["d1", "create", name, ...where],
    })),
    ...config.r2_buckets.map(({ binding, bucket_name: name = "" }) => ({
      kind: "r2" as const,
      binding,
      name,
      args: ["r2", "bucket", "create", name, ...where],
    })),
  ];
}

/** @throws CommandError when the bucket's binding names another jurisdiction than the var `JURISDICTION`. */
export function requireOneJurisdiction(config: ProductionConfig): void {
  const { jurisdiction } = locationOf(config);
  for (const { binding, jurisdiction: ofBucket } of config.r2_buckets) {
    if ((ofBucket ?? "") === jurisdiction) continue;
    const line = jurisdiction ? `jurisdiction = "${jurisdiction}"` : "no jurisdiction";
    throw new CommandError(
      `JURISDICTION is "${jurisdiction}", but the bucket ${binding} in wrangler.toml is in "${ofBucket ?? ""}".`,
      `Write ${line} below [[env.production.r2_buckets]], or change the var. Both are fixed by the first deploy.`,
    );
  }
}

function locationOf({ vars }: ProductionConfig): { jurisdiction: string; region: string } {
  return { jurisdiction: String(vars["JURISDICTION"] ?? ""), region: String(vars["LOCATION_HINT"] ?? "") };
}

/** Finds the database id in the output of `wrangler d1 create`. */
export const databaseIdIn = (output: string): string | undefined =>
  /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/.exec(output)?.[0];

/**
 * Writes a database's id into the text of `wrangler.toml`, in production's entry for `binding`, and leaves everything else as
 * it is.
 *
 * @throws Error when the file has no such entry
 */
export function withDatabaseId(toml: string, binding: string, id: string): string {
  const entries = toml.split(/^(?=\[)/m);
  const index = entries.findIndex(
    (entry) =>
      entry.startsWith("[[env.production.d1_databases]]") && entry.includes(`binding = "${binding}"`),
  );
  const entry = entries[index];
  if (entry === undefined || !entry.includes("database_id"))
    throw new Error(`wrangler.toml has no [[env.production.d1_databases]] with a database_id for ${binding}`);
  entries[index] = entry.replace(/^database_id = .*$/m, `database_id = "${id}"`);
  return entries.join("");
}
