import { Series } from "../load/series.ts";
import { freeMachine } from "../machine.ts";
import type { StatusLine } from "../../scripts/support/progress.ts";
import { median } from "../median.ts";
import { searchData } from "./data.ts";
import { type ParleyIndex, startParleyIndex } from "./parley-index.ts";
import { type MeasuredQuery, queries, type SearchSize, type Sort, sorts } from "./plan.ts";
import { startPostgresSearch } from "./postgres-search.ts";

type Statement = () => Promise<unknown[]>;

/** A database that contains the messages. */
export type FilledDatabase = {
  /** Messages inserted per second. */
  perSecond: number;
  /** Bytes on disk, by part. */
  parts: Map<string, number>;
  /** Prepares a statement that returns rows, best or newest first. */
  prepare(query: MeasuredQuery, sort: Sort, limit?: number): Promise<Statement>;
  stop(): Promise<void>;
};

export type Times = { p50Ms: number; p99Ms: number };

const sides = ["ours", "theirs", "small"] as const;
type Side = (typeof sides)[number];

/** `small`: Parley with a small page cache. */
export type Compared = Record<Side, Times> & { throughD1Ms: number };

export type QueryFigures = {
  title: string;
  /** How many messages match. */
  found: { ours: number; theirs: number };
  bySort: Record<Sort, Compared>;
};

export type SearchFigures = {
  note: string;
  postgres: string;
  messages: number;
  rounds: number;
  times: number;
  perSecond: { ours: number; theirs: number };
  parts: { ours: [string, number][]; theirs: [string, number][] };
  /** The times of a statement that does nothing. */
  nothing: Compared;
  queries: QueryFigures[];
};

const all = 1_000_000;
const d1AtOnce = 10;

/** Fills both databases, then runs the same queries on them in turn. */
export async function measureSearch(
  { messages, times, rounds }: SearchSize & { rounds: number },
  status: StatusLine,
): Promise<SearchFigures> {
  const showStatus = (text: string): void => status.update(`search  ${text}`);
  const data = await searchData(messages);
  const ours = await startParleyIndex(data, showStatus);
  try {
    const theirs = await startPostgresSearch(data, showStatus);
    try {
      status.print(`search  ${data.note}`);
      const asked: { query: MeasuredQuery; sort: Sort }[] = [
        ...queries.flatMap((query) => sorts.map((sort) => ({ query, sort }))),
        { query: "nothing", sort: "recent" },
      ];
      const comparisons: Comparison[] = [];
      for (const { query, sort } of asked)
        comparisons.push(await Comparison.prepare({ ours, theirs, query, sort }));
      for (let round = 1; round <= rounds; round++) {
        showStatus(`round ${round}/${rounds}: waiting for the machine to be free`);
        await freeMachine();
        for (const comparison of comparisons) {
          showStatus(`round ${round}/${rounds}: ${comparison.name}`);
          await comparison.measure(round, times);
        }
        status.print(`search  round ${round}/${rounds}`);
      }
      const figuresOf = (query: MeasuredQuery, sort: Sort): Compared =>
        comparisons.find((one) => one.query === query && one.sort === sort)!.medians();
      const measured: QueryFigures[] = [];
      for (const query of queries)
        measured.push({
          title: query.title,
          found: { ours: await count(ours, query), theirs: await count(theirs, query) },
          bySort: { ranked: figuresOf(query, "ranked"), recent: figuresOf(query, "recent") },
        });
      return {
        ...{ note: data.note, postgres: theirs.version, messages, rounds, times, queries: measured },
        perSecond: { ours: ours.perSecond, theirs: theirs.perSecond },
        parts: { ours: [...ours.parts], theirs: [...theirs.parts] },
        nothing: figuresOf("nothing", "recent"),
      };
    } finally {
      await theirs.stop();
    }
  } finally {
    await ours.stop();
  }
}

async function count(searched: FilledDatabase, query: MeasuredQuery): Promise<number> {
  const run = await searched.prepare(query, "recent", all);
  return (await run()).length;
}

/** One query, prepared in both databases. */
class Comparison {
  readonly query: MeasuredQuery;
  readonly sort: Sort;
  readonly #statements: Record<Side, Statement>;
  readonly #throughD1: (times: number) => Promise<number>;
  readonly #measured: Record<Side, Times[]> = { ours: [], theirs: [], small: [] };
  readonly #throughD1Ms: number[] = [];

  private constructor(
    asked: { query: MeasuredQuery; sort: Sort },
    statements: Record<Side, Statement>,
    ours: ParleyIndex,
  ) {
    const { query, sort } = asked;
    this.query = query;
    this.sort = sort;
    this.#statements = statements;
    this.#throughD1 = (times) => ours.throughD1(query, sort, times);
  }

  static async prepare(given: {
    ours: ParleyIndex;
    theirs: FilledDatabase;
    query: MeasuredQuery;
    sort: Sort;
  }): Promise<Comparison> {
    const { ours, theirs, query, sort } = given;
    const statements = {
      ours: await ours.prepare(query, sort),
      theirs: await theirs.prepare(query, sort),
      small: await ours.prepareSmall(query, sort),
    };
    return new Comparison({ query, sort }, statements, ours);
  }

  get name(): string {
    return this.query === "nothing" ? this.query : `${this.query.title}, ${this.sort}`;
  }

  /** Measures all sides; another one is first in each round. */
  async measure(round: number, times: number): Promise<void> {
    for (let turn = 0; turn < sides.length; turn++) {
      const side = sides[(turn + round) % sides.length]!;
      this.#measured[side].push(await timesOf(this.#statements[side], times));
    }
    for (let sent = 0; sent < times; sent += d1AtOnce)
      this.#throughD1Ms.push(await this.#throughD1(d1AtOnce));
  }

  medians(): Compared {
    const of = (side: Side): Times => ({
      p50Ms: median(this.#measured[side].map(({ p50Ms }) => p50Ms)),
      p99Ms: median(this.#measured[side].map(({ p99Ms }) => p99Ms)),
    });
    const throughD1Ms = median(this.#throughD1Ms);
    return { ours: of("ours"), theirs: of("theirs"), small: of("small"), throughD1Ms };
  }
}

async function timesOf(statement: Statement, times: number): Promise<Times> {
  for (let warmUp = 0; warmUp < times / 10; warmUp++) await statement();
  const series = new Series();
  for (let time = 0; time < times; time++) {
    const begun = performance.now();
    const rows = await statement();
    series.push(performance.now() - begun);
    if (rows.length === 0) throw new Error("a search found nothing");
  }
  return { p50Ms: series.percentile(0.5), p99Ms: series.percentile(0.99) };
}
