import type { Context } from "hono";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "../../domain/pagination.ts";
import type { AppEnv } from "../../http/context.ts";
import { restrictionOf } from "../../http/token-permissions.ts";
import { limits, type searchFiles as endpoint } from "../../protocol/index.ts";
import { findPage } from "./execution/find-page.ts";
import { findReadable } from "./hydrate.ts";
import { searchBudget } from "./execution/search-budget.ts";
import { matchRanges, stemmedWords } from "./query/find-terms.ts";
import { partitionClauses } from "./query/match-expression.ts";
import { parseQuery } from "./query/parse.ts";
import type { SearchClause } from "./query/terms.ts";
import { resolveOperators } from "./query/resolve-operators.ts";
import { searchRunner } from "./execution/run-statements.ts";

/** Where a page ended: the document number of a message, and the index of its last file on the page. */
const CursorKey = z.strictObject({ doc: z.int(), at: z.int().min(0) });

type Query = z.output<typeof endpoint.query>;

/**
 * Finds a page of files, newest first: those whose own name contains the words, in messages that match the operators.
 *
 * @throws `validation_failed` for a wrong query or cursor; `unavailable` if the index, D1 or a room named by `in:` does not answer
 */
export async function searchFiles(
  c: Context<AppEnv>,
  { q, limit, cursor }: Query,
): Promise<z.input<typeof endpoint.response>> {
  const clauses = await resolveOperators(c, parseQuery(q));
  if (clauses.length === 0) return { items: [], nextCursor: null };
  const after = cursor === undefined ? undefined : decodeCursor(cursor, CursorKey);
  const withFile: SearchClause = [{ negated: false, term: { kind: "flag", flag: "has_file" } }];
  const { userId } = c.var.claims;
  const onlyChannelIds = restrictionOf(c);
  const { found, hits } = await findReadable(c, (excludedChannelNos) =>
    findPage(
      searchRunner(c.env),
      {
        clauses: [...clauses, withFile],
        reader: { userId, excludedChannelNos, onlyChannelIds },
        limit: limit + 1,
        before: after && after.doc + (after.at < limits.filesOfMessage ? 1 : 0),
        column: "files",
      },
      searchBudget(c.env),
    ),
  );
  const { rows, stoppedAt } = found;
  const kept = rows.slice(0, limit);
  const matchesName = nameMatcher(clauses);
  const files = kept.flatMap(({ doc, messageId, channelId }) => {
    const [message, channel] = [hits.messages.get(messageId), hits.channels.get(channelId)];
    if (!message || !channel) return [];
    return message.files.flatMap((file, at) =>
      (doc === after?.doc && at <= after.at) || !matchesName(file.name)
        ? []
        : [{ position: { doc, at }, hit: { file, message, channel } }],
    );
  });
  const last = files.length > limit ? files[limit - 1]?.position : undefined;
  const end = rows.length > limit ? { doc: kept.at(-1)?.doc, at: limits.filesOfMessage } : undefined;
  const isStopped = !last && !end && stoppedAt !== undefined;
  const position = last ?? end ?? (isStopped ? { doc: stoppedAt, at: limits.filesOfMessage } : undefined);
  return {
    items: files.slice(0, limit).map(({ hit }) => hit),
    nextCursor: position ? encodeCursor(position) : null,
    ...(isStopped ? { incomplete: true } : {}),
  };
}

/** Makes a predicate: whether a file's name contains the required words and none of the excluded ones. */
function nameMatcher(clauses: readonly SearchClause[]): (name: string) => boolean {
  const { required, excluded } = partitionClauses(clauses);
  return (name) => {
    const text = stemmedWords(name);
    const isThere = (term: (typeof excluded)[number]) => matchRanges(term, text).length > 0;
    return required.every((terms) => terms.some(isThere)) && !excluded.some(isThere);
  };
}
