import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readCorpus } from "../system/replay/corpus.ts";
import { silentProgress } from "../../scripts/support/progress.ts";
import { replay } from "../system/replay/run.ts";
import { DevServer, temporaryDirectory } from "./support/dev-server.ts";

const file = fileURLToPath(new URL("../../../shared/data/irc-ubuntu.jsonl", import.meta.url));
const isThere = existsSync(file);
if (!isThere) console.log(`Skipped: the conversation to replay is not at ${file}`);

const directory = temporaryDirectory();
let server: DevServer | undefined;

beforeAll(async () => {
  if (isThere) server = await DevServer.start(directory.path);
});
afterAll(async () => {
  await server?.kill();
  directory.remove();
});

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
      persistTo: directory.path,
      startProgress: silentProgress,
    });
    expect(report.sent).toHaveLength(2_000);
    expect(report.checks.map(({ what, skipped, differences }) => ({ what, skipped, differences }))).toEqual(
      report.checks.map(({ what }) => ({ what, skipped: false, differences: [] })),
    );
    expect(report.checks).toHaveLength(10);
  },
);
