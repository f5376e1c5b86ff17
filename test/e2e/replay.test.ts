import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readCorpus } from "../system/replay/corpus.ts";
import { silentProgress } from "../../scripts/support/progress.ts";
import { replay } from "../system/replay/run.ts";
import { raisedLimits } from "../support/raised-limits.ts";
import { WorkerdServer } from "./support/workerd-server.ts";

const file = fileURLToPath(new URL("../../../shared/data/irc-ubuntu.jsonl", import.meta.url));
const isThere = existsSync(file);
if (!isThere) console.log(`Skipped: the conversation to replay is not at ${file}`);

let server: WorkerdServer | undefined;

beforeAll(async () => {
  // By default hashes use an eighth of a core while many wait, and here every author registers.
  const unlimited = { PASSWORD_CPU_PERCENT: "100", PASSWORD_BUSY_CPU_PERCENT: "100" };
  const cheap = { TEST_PASSWORD_COST: JSON.stringify({ ln: 6 }) };
  if (isThere) server = await WorkerdServer.start({ ...raisedLimits, ...unlimited, ...cheap });
});
afterAll(() => server?.remove());

test.skipIf(!isThere)(
  "[RM2] [RM5] [PJ1] [TH1] [TH2] [TH4] [TH5] [NT6] [NT3] [RS1] replay: views match",
  async () => {
    const report = await replay({
      url: server?.url ?? "",
      corpus: await readCorpus(file, 2_000),
      subscribers: 50,
      cutting: { count: 5, everyMs: 1_000 },
      seed: 20_041_115,
      rate: Number.POSITIVE_INFINITY,
      persistTo: server?.stateDirectory ?? "",
      startProgress: silentProgress,
    });
    expect(report.sent).toHaveLength(2_000);
    expect(report.checks.map(({ what, skipped, differences }) => ({ what, skipped, differences }))).toEqual(
      report.checks.map(({ what }) => ({ what, skipped: false, differences: [] })),
    );
    expect(report.checks).toHaveLength(10);
  },
);
