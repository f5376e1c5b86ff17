/** What is searched for, the same in every database. */
export const sorts = ["ranked", "recent"] as const;
export type Sort = (typeof sorts)[number];

export type SearchQuery = {
  /** As people type it in Parley. */
  text: string;
  /** Only there. */
  channelNo?: number;
};

export type PlannedQuery = SearchQuery & {
  title: string;
  /** How PostgreSQL is asked for the same. */
  peer: { parser: "plainto_tsquery" | "phraseto_tsquery" | "to_tsquery"; text: string };
};

/** A query, or a statement that does nothing, to see what the way to the database and back takes. */
export type MeasuredQuery = PlannedQuery | "nothing";

export const queries: readonly PlannedQuery[] = [
  {
    title: "One common word, `ubuntu`",
    text: "ubuntu",
    peer: { parser: "plainto_tsquery", text: "ubuntu" },
  },
  {
    title: "One middling word, `kernel`",
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
  { title: "A common beginning, `inst*`", text: "inst*", peer: { parser: "to_tsquery", text: "inst:*" } },
  { title: "A middling beginning, `driv*`", text: "driv*", peer: { parser: "to_tsquery", text: "driv:*" } },
];

/** What either database may keep of its pages: all of them fit. */
export const cacheMegabytes = 512;

/** One more than is shown, as every page asks for. */
export const pageLength = 51;

/** At most so many times what the peer takes. */
export const targets: Record<Sort, number> = { ranked: 2, recent: 1 };

export type SearchSize = {
  messages: number;
  /** How often each statement is carried out in a round. */
  times: number;
};

export const fullSearch: SearchSize = { messages: 100_000, times: 300 };
export const quickSearch: SearchSize = { messages: 10_000, times: 50 };
