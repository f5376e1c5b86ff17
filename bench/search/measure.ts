import { Series } from "../load/series.ts";
import { measureOtherCores } from "../load/cpu.ts";
import { freeMachine } from "../machine.ts";
import { type Patience, repeatWhileVoid, voidReason } from "../validity.ts";
import type { StatusLine } from "../../scripts/support/progress.ts";
import { median } from "../median.ts";
import { searchData } from "./data.ts";
import { type ParleyIndex, startParleyIndex } from "./parley-index.ts";
import { type MeasuredQuery, queries, type SearchSize, type Sort, sorts } from "./plan.ts";
import { startPostgresSearch } from "./postgres-search.ts";

type Statement = () => Promise<unknown[]>;

/** A database that contains the messages. */
export type FilledDatabase = {
  /** Its process, whose CPU time is not that of other processes. */
  pid: number;
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
  /** Why rounds were void. */
  incidents: string[];
};

const all = 1_000_000;
const d1AtOnce = 10;

/** Fills both databases, then runs the same queries on them in turn. */
export async function measureSearch(
  { messages, times, rounds }: SearchSize & { rounds: number },
  patience: Patience,
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
      const incidents: string[] = [];
      for (let round = 1; round <= rounds; round++) {
        const label = `round ${round}/${rounds}`;
        const attempts = await repeatWhileVoid(patience, async () => {
          showStatus(`${label}: waiting for the machine to be free`);
          await freeMachine(patience.idleWaitSeconds);
          const otherCores = measureOtherCores([ours.pid, theirs.pid]);
          const measured: Measured[] = [];
          for (const comparison of comparisons) {
            showStatus(`${label}: ${comparison.name}`);
            measured.push(await comparison.measure(round, times));
          }
          const reason = voidReason({ otherCores: otherCores() });
          status.print(`search  ${label}${reason === null ? "" : `  VOID: ${reason}`}`);
          return { measured, void: reason };
        });
        for (const { void: reason } of attempts)
          if (reason !== null) incidents.push(`Void: round ${round}: ${reason}`);
        // If no attempt is valid, the last one counts; the incident is listed with the figures.
        attempts.at(-1)!.measured.forEach((one, index) => comparisons[index]!.add(one));
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
        ...{
          note: data.note,
          postgres: theirs.version,
          messages,
          rounds,
          times,
          queries: measured,
          incidents,
        },
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

/** The times of one query in one round. */
type Measured = { sides: Record<Side, Times>; throughD1Ms: number[] };

/** One query, prepared in both databases. */
class Comparison {
  readonly query: MeasuredQuery;
  readonly sort: Sort;
  readonly #statements: Record<Side, Statement>;
  readonly #throughD1: (times: number) => Promise<number>;
  readonly #measured: Measured[] = [];

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
  async measure(round: number, times: number): Promise<Measured> {
    const measured: Partial<Record<Side, Times>> = {};
    for (let turn = 0; turn < sides.length; turn++) {
      const side = sides[(turn + round) % sides.length]!;
      measured[side] = await timesOf(this.#statements[side], times);
    }
    const throughD1Ms: number[] = [];
    for (let sent = 0; sent < times; sent += d1AtOnce) throughD1Ms.push(await this.#throughD1(d1AtOnce));
    return { sides: measured as Record<Side, Times>, throughD1Ms };
  }

  /** Adds the times of a round to those of which `medians` are computed. */
  add(measured: Measured): void {
    this.#measured.push(measured);
  }

  medians(): Compared {
    const of = (side: Side): Times => ({
      p50Ms: median(this.#measured.map(({ sides: { [side]: times } }) => times.p50Ms)),
      p99Ms: median(this.#measured.map(({ sides: { [side]: times } }) => times.p99Ms)),
    });
    const throughD1Ms = median(this.#measured.flatMap((one) => one.throughD1Ms));
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
