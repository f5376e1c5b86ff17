/** The queries, which are the same for every database. */
export const sorts = ["ranked", "recent"] as const;
export type Sort = (typeof sorts)[number];

export type SearchQuery = {
  /** As typed in Parley. */
  text: string;
  /** Restricts the search to one channel. */
  channelNo?: number;
};

export type PlannedQuery = SearchQuery & {
  title: string;
  /** The same query for PostgreSQL. */
  peer: { parser: "plainto_tsquery" | "phraseto_tsquery" | "to_tsquery"; text: string };
};

/** A query, or a statement that does nothing, which measures the round trip. */
export type MeasuredQuery = PlannedQuery | "nothing";

export const queries: readonly PlannedQuery[] = [
  {
    title: "One common word, `ubuntu`",
    text: "ubuntu",
    peer: { parser: "plainto_tsquery", text: "ubuntu" },
  },
  {
    title: "One less common word, `kernel`",
    text: "kernel",
    peer: { parser: "plainto_tsquery", text: "kernel" },
  },
  {
    title: "Two words, `install driver`",
    text: "install driver",
    peer: { parser: "plainto_tsquery", text: "install driver" },
  },
  {
    title: 'A phrase, `"command line"`',
    text: '"command line"',
    peer: { parser: "phraseto_tsquery", text: "command line" },
  },
  {
    title: "A rare word in one channel, `kerberos`",
    text: "kerberos",
    channelNo: 1,
    peer: { parser: "plainto_tsquery", text: "kerberos" },
  },
  { title: "A common prefix, `inst*`", text: "inst*", peer: { parser: "to_tsquery", text: "inst:*" } },
  { title: "A less common prefix, `driv*`", text: "driv*", peer: { parser: "to_tsquery", text: "driv:*" } },
];

/** The page cache of either database, in MB: all pages fit. */
export const cacheMegabytes = 512;

/** A page of 50 and one more row, as the routes request. */
export const pageLength = 51;

/** The largest accepted ratio to PostgreSQL's time. */
export const targets: Record<Sort, number> = { ranked: 2, recent: 1 };

export type SearchSize = {
  messages: number;
  /** How often each statement runs in a round. */
  times: number;
};

export const fullSearch: SearchSize = { messages: 100_000, times: 300 };
export const quickSearch: SearchSize = { messages: 10_000, times: 50 };
