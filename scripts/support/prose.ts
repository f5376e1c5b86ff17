import { transform } from "esbuild";

/** Properties of the protocol's definitions that only documents are made of. */
const proseNames = "summary|help";
const stringText = `(?:"(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*'|\`(?:[^\`\\\\]|\\\\.)*\`)`;
const proseProperty = new RegExp(`\\b(?:${proseNames}): ${stringText}(?:,\\s*|(?=\\s*\\}))`, "g");
const proseType = new RegExp(`^\\s*(?:readonly )?(?:${proseNames}): (?:string|${stringText});\\n`, "gm");
const leftOver = new RegExp(`\\.meta\\(|\\b(?:${proseNames}):`);

/**
 * A module of the protocol without what documents are made of: summaries, help and the `.meta()` of schemas, which says nothing
 * about what they accept. Throws if some of it is still there, since then it was written in a way that this does not know.
 */
export async function withoutProse(module: string): Promise<string> {
  // Writes everything in one way, and leaves out comments.
  const { code } = await transform(module, { loader: "js", format: "esm", charset: "utf8" });
  const bare = withoutCalls(code, ".meta(").replace(proseProperty, "");
  const left = leftOver.exec(bare);
  if (left) throw new Error(`Prose is left: …${bare.slice(left.index, left.index + 80)}…`);
  return bare;
}

/** The types of such a module, without the same. */
export const typesWithoutProse = (declarations: string): string => declarations.replace(proseType, "");

/** `code` without the calls that begin with `opening`, their arguments included. */
function withoutCalls(code: string, opening: string): string {
  let bare = "";
  let from = 0;
  for (let at = code.indexOf(opening); at >= 0; at = code.indexOf(opening, from)) {
    bare += code.slice(from, at);
    from = endOfCall(code, at + opening.length);
  }
  return bare + code.slice(from);
}

/** Where the call ends whose arguments begin at `from`. */
function endOfCall(code: string, from: number): number {
  const parts = new RegExp(`${stringText}|[()]`, "g");
  parts.lastIndex = from;
  let depth = 1;
  for (let part = parts.exec(code); part; part = parts.exec(code)) {
    if (part[0] === "(") depth++;
    if (part[0] === ")" && --depth === 0) return parts.lastIndex;
  }
  throw new Error("A call does not end");
}
