import { describe, expect, test } from "vitest";
import type { Job } from "../../../src/client/index.ts";
import { actionOptions, actionText } from "../../../web/src/admin/audit/audit-actions.ts";
import { heldAuthor, heldText } from "../../../web/src/admin/channels/held-text.ts";
import { emojiNameOf } from "../../../web/src/admin/emoji/emoji-name.ts";
import { jobText } from "../../../web/src/admin/jobs/job-text.ts";
import { isFinished } from "../../../web/src/lib/is-finished.ts";

const job = (change: Partial<Job>): Job => ({
  id: "job_1",
  kind: "purge",
  state: "running",
  done: 0,
  total: 0,
  error: null,
  createdAt: "2026-01-01T00:00:00.000Z",
  finishedAt: null,
  ...change,
});

describe("the text of a job", () => {
  test.each<[Partial<Job>, string]>([
    [{ state: "queued" }, "Waiting to begin"],
    [{ done: 2, total: 5 }, "Step 3 of 5"],
    [{ done: 5, total: 5 }, "Step 5 of 5"],
    [{ state: "done", done: 5, total: 5 }, "Done"],
    [{ state: "failed", error: "no answer" }, "Failed: no answer"],
  ])("for %j is %j", (change, expected) => {
    expect(jobText(job(change))).toBe(expected);
  });

  test("states why a step is repeated", () => {
    expect(jobText(job({ done: 1, total: 3, error: "timeout" }))).toMatch(/^Step 2 of 3\..*timeout$/);
  });

  test("is final when the job is done or failed", () => {
    expect(["queued", "running", "done", "failed"].map((state) => isFinished(job({ state } as Job)))).toEqual(
      [false, false, true, true],
    );
  });
});

describe("the text of a held message", () => {
  test("is found in the event of a new message and of an edit", () => {
    const message = { content: "secret", authorId: "usr_1" };
    expect(heldText({ data: { message } })).toBe("secret");
    expect(heldText({ data: message })).toBe("secret");
    expect(heldAuthor({ data: { message } })).toBe("usr_1");
  });

  test("is missing in an event without one", () => {
    expect(heldText({ data: { message: null } })).toBeUndefined();
    expect(heldAuthor({ data: {} })).toBeUndefined();
  });
});

test.each([
  ["Party Parrot.gif", "party_parrot"],
  ["__x.png", "x"],
  ["+1.png", "1"],
  ["😀.png", ""],
  [`${"a".repeat(40)}.webp`, "a".repeat(32)],
  ["no-extension", "no-extension"],
])("emojiNameOf(%j) is %j", (fileName, expected) => {
  expect(emojiNameOf(fileName)).toBe(expected);
});

describe("actions of the audit log", () => {
  test("are shown as they are if they are unknown", () => {
    expect(actionText("channel.archive")).toBe("Archived a channel");
    expect(actionText("future.action")).toBe("future.action");
    expect(actionText("toString")).toBe("toString");
  });

  test("are offered by family, after all of them", () => {
    expect(actionOptions[0]).toEqual({ value: "", label: "All actions" });
    expect(actionOptions).toContainEqual({
      value: "second_factor.add",
      label: "second factor: Added a second factor",
    });
  });
});
