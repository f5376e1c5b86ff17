import type { Context } from "hono";
import { accountDatabase } from "../../../db/index.ts";
import { readWhileChecking } from "../../../http/authenticate-read.ts";
import type { AppEnv } from "../../../http/context.ts";
import { findUser } from "../../users/index.ts";
import { parsePeriod } from "./date-periods.ts";
import { mergeClauses } from "./merge-clauses.ts";
import { rejectQuery } from "./parse.ts";
import { candidateValues } from "./operator-values.ts";
import type { Filter, Flag, OperatorTerm, ParsedClause, SearchClause, TextTerm } from "./terms.ts";
import { resolveNames } from "./resolve-names.ts";

/**
 * Resolves the operators of a query to names, times and flags as the index has them. All users are looked up in one statement, all
 * channels in another one.
 *
 * @throws `validation_failed` with an issue of `q` for an unknown name or an invalid date; `unavailable` while D1 or a room does not answer
 */
export async function resolveOperators(
  c: Context<AppEnv>,
  clauses: readonly ParsedClause[],
): Promise<SearchClause[]> {
  const valuesOf = (name: OperatorTerm["name"]): string[] =>
    clauses
      .flat()
      .flatMap(({ term }) => (term.kind === "operator" && term.name === name ? [term.value] : []));
  const hasTime = (["before", "after", "on"] as const).some((name) => valuesOf(name).length > 0);
  const [names, timeZone] = await Promise.all([
    resolveNames(c, valuesOf("from"), valuesOf("in")),
    hasTime ? timeZoneOf(c) : "UTC",
  ]);
  const filterOf = ({ name, value }: OperatorTerm): Filter => {
    switch (name) {
      case "from":
        return { kind: "author", userId: names.author(value) };
      case "in":
        return { kind: "channels", nos: names.channels(value) };
      case "has":
        return flagFilter(name, value, { file: "has_file", link: "has_link", reaction: "has_reaction" });
      case "is":
        return flagFilter(name, value, { thread: "in_thread", pinned: "pinned" });
      default:
        return timeFilter(name, value, timeZone);
    }
  };
  return mergeClauses<TextTerm | Filter>(
    clauses.map((clause) =>
      clause.map(({ negated, term }) => ({
        negated,
        term: term.kind === "operator" ? filterOf(term) : term,
      })),
    ),
  );
}

function flagFilter(name: string, value: string, flags: Record<string, Flag>): Filter {
  const flag = candidateValues(value)
    .map((candidate) => candidate.normalize("NFKC").toLowerCase())
    .flatMap((key) => (Object.hasOwn(flags, key) ? (flags[key] ?? []) : []))
    .at(0);
  return flag
    ? { kind: "flag", flag }
    : rejectQuery(`The value of \`${name}:\` must be one of ${Object.keys(flags).join(", ")}`);
}

const longAgo = Date.UTC(0, 0, 1);
const farAhead = Date.UTC(10_001, 0, 1);

function timeFilter(name: "before" | "after" | "on", value: string, timeZone: string): Filter {
  const period =
    candidateValues(value)
      .map((candidate) => parsePeriod(candidate.normalize("NFKC"), timeZone, Date.now()))
      .find((one) => one !== undefined) ??
    rejectQuery(
      `The value of \`${name}:\` must be an existing date: YYYY-MM-DD, YYYY-MM, YYYY, today or yesterday`,
    );
  const { fromMs, toMs } = period;
  if (name === "before") return { kind: "time", fromMs: longAgo, toMs: fromMs };
  if (name === "after") return { kind: "time", fromMs: toMs, toMs: farAhead };
  return { kind: "time", fromMs, toMs };
}

async function timeZoneOf(c: Context<AppEnv>): Promise<string> {
  const user = await readWhileChecking(c, ({ userId }) => findUser(accountDatabase(c.env), userId));
  return user?.timeZone ?? "UTC";
}
