import { test } from "vitest";
import {
  AccessTargets,
  accessRows,
  endsOwnSession,
  SampleRequests,
} from "../../support/worker/fixtures/access-cells.ts";
import { createPrincipals } from "../../support/worker/fixtures/principals.ts";
const mine = new Set(
  "createEphemeralMessage createScheduledMessage getScheduledMessages getScheduledMessage updateScheduledMessage cancelScheduledMessage sendScheduledMessage createReminder getReminders getReminder updateReminder deleteReminder putDraft getDrafts saveMessage updateSavedMessage unsaveMessage getSavedMessages readAll".split(
    " ",
  ),
);
test("rows", { timeout: 900_000 }, async () => {
  const principals = await createPrincipals();
  const targets = await AccessTargets.create(principals);
  const samples = new SampleRequests();
  for (const row of accessRows.filter(({ name }) => mine.has(name))) {
    const cells: string[] = [];
    for (const principal of principals.list) {
      const world = await targets.worldOf(row, principal.name);
      const token = (endsOwnSession(row.name) && (await principal.newToken?.())) || principal.token;
      const { status } = await samples.send({ ...row, endpoint: row.endpoint! }, world, {
        token,
        headers: principal.headers,
      });
      cells.push(status < 400 ? "✓" : String(status));
    }
    console.log(`ROW| \`${row.name}\` | ${row.target ?? ""} | ${cells.join(" | ")} |`);
  }
});
