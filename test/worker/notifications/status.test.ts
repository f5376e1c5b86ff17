import { afterEach, describe, expect, test, vi } from "vitest";
import { getStatus, updateUserStatus } from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { createSession, createUser } from "../../support/worker/fixtures/accounts.ts";
import { evictHub, hubRows, runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";

afterEach(() => void vi.useRealTimers());

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

describe("the chosen status", () => {
  test("is `auto` without custom status by default", async () => {
    expect(await expectOk(getStatus, { as: await createUser("ann") })).toEqual({
      presence: "auto",
      custom: null,
    });
  });

  test("changes only the given fields, on every device and after an eviction", async () => {
    const ann = await createUser("ann");
    const put = (body: object) => expectOk(updateUserStatus, { as: ann, body });
    const custom = { emoji: "🌴", text: "on holiday", expiresAt: inMs(3_600_000) };
    expect(await put({ presence: "away" })).toEqual({ presence: "away", custom: null });
    expect(await put({ custom })).toEqual({ presence: "away", custom });
    expect(await put({})).toEqual({ presence: "away", custom });
    expect(await put({ presence: "invisible" })).toEqual({ presence: "invisible", custom });
    await evictHub(ann.userId);
    expect(await expectOk(getStatus, { as: await createSession(ann) })).toEqual({
      presence: "invisible",
      custom,
    });
    expect(await put({ custom: { text: "back" } })).toEqual({
      presence: "invisible",
      custom: { text: "back" },
    });
    expect(await put({ custom: null })).toEqual({ presence: "invisible", custom: null });
  });

  test("with an empty custom status has none", async () => {
    const ann = await createUser("ann");
    for (const custom of [
      {},
      { text: "" },
      { expiresAt: inMs(1_000) },
      { text: "", expiresAt: inMs(1_000) },
    ]) {
      await expectOk(updateUserStatus, { as: ann, body: { custom: { text: "here" } } });
      expect(await expectOk(updateUserStatus, { as: ann, body: { custom } })).toMatchObject({ custom: null });
    }
  });

  test.each([
    ["❤", "❤️"],
    ["❤️", "❤️"],
    ["👍🏽", "👍🏽"],
    ["👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"],
    ["🇩🇪", "🇩🇪"],
    ["1️⃣", "1️⃣"],
  ])("[HB7] accepts one emoji in its recommended Unicode form: %s", async (emoji, kept) => {
    const ann = await createUser("ann");
    const { custom } = await expectOk(updateUserStatus, { as: ann, body: { custom: { emoji } } });
    expect(custom).toEqual({ emoji: kept });
  });

  test.each(["a", "1", ":)", "👍👍", "👍 ", "\u{fe0f}", "\u{200d}", "🇩", "__proto__", "\0", "👍\ud83d"])(
    "[HB7] rejects what is not an emoji: %j",
    async (emoji) => {
      const ann = await createUser("ann");
      const problem = await expectRejected(updateUserStatus, {
        as: ann,
        body: { presence: "dnd", custom: { emoji, text: "x" } },
      });
      expect(problem).toMatchObject({ code: "validation_failed", issues: [{ path: "custom.emoji" }] });
      expect(await expectOk(getStatus, { as: ann })).toEqual({ presence: "auto", custom: null });
    },
  );

  test.each([
    ["presence", { presence: "offline" }],
    ["presence", { presence: null }],
    ["custom", { custom: "busy" }],
    ["custom", { custom: { text: "x", colour: "red" } }],
    ["custom.text", { custom: { text: "x".repeat(101) } }],
    ["custom.text", { custom: { text: "a\nb" } }],
    ["custom.text", { custom: { text: "  " } }],
    ["custom.text", { custom: { text: "\ud800" } }],
    ["custom.text", { custom: { text: "a\0" } }],
    ["custom.expiresAt", { custom: { text: "x", expiresAt: "tomorrow" } }],
    ["custom.expiresAt", { custom: { text: "x", expiresAt: 1_900_000_000_000 } }],
    ["custom.expiresAt", { custom: { text: "x", expiresAt: "2020-01-01T00:00:00.000Z" } }],
    ["custom.expiresAt", { custom: { text: "x", expiresAt: "0000-01-01T00:00:00.000Z" } }],
    ["custom.expiresAt", { custom: { expiresAt: "2020-01-01T00:00:00.000Z" } }],
    ["custom.expiresAt", { custom: { text: "x", expiresAt: "2999-02-30T00:00:00.000Z" } }],
    ["", { presence: "dnd", id: 1 }],
  ])("[ER2] [HB7] rejection names the field %s and changes nothing: %j", async (path, body) => {
    const ann = await createUser("ann");
    const problem = await expectRejected(updateUserStatus, { as: ann, body });
    expect(problem).toMatchObject({ code: "validation_failed", issues: [{ path }] });
    expect(await hubRows(ann.userId, "status")).toEqual([]);
  });
});

describe("[HB7] a custom status with an end", () => {
  test("is not shown past its end, even before the alarm runs", async () => {
    const ann = await createUser("ann");
    await expectOk(updateUserStatus, {
      as: ann,
      body: { presence: "away", custom: { text: "lunch", expiresAt: inMs(60_000) } },
    });
    advanceClock(59_000);
    expect(await expectOk(getStatus, { as: ann })).toMatchObject({ custom: { text: "lunch" } });
    advanceClock(1_000);
    expect(await expectOk(getStatus, { as: ann })).toEqual({ presence: "away", custom: null });
    expect(await expectOk(updateUserStatus, { as: ann, body: { presence: "auto" } })).toEqual({
      presence: "auto",
      custom: null,
    });
  });

  test("is cleared by an alarm that keeps everything else", async () => {
    const ann = await createUser("ann");
    const put = (body: object) => expectOk(updateUserStatus, { as: ann, body });
    await put({ presence: "away", custom: { text: "lunch", expiresAt: inMs(60_000) } });
    await evictHub(ann.userId);
    expect(await runHubAlarmAfter(ann.userId, 60_001)).toBe(true);
    expect(await hubRows(ann.userId, "status")).toEqual([{ one: 1, presence: "away", custom: null }]);
    expect((await hubRows(ann.userId, "due")).map(({ key }) => key)).toEqual(["expiry"]);
    await put({ custom: { text: "tea", expiresAt: inMs(60_000) } });
    await put({ custom: { text: "here for good" } });
    expect((await hubRows(ann.userId, "due")).map(({ key }) => key)).toEqual(["expiry"]);
    await runHubAlarmAfter(ann.userId, 120_000);
    expect(await expectOk(getStatus, { as: ann })).toMatchObject({ custom: { text: "here for good" } });
  });

  test("may end in the last year of four digits", async () => {
    const ann = await createUser("ann");
    const custom = { text: "x", expiresAt: "9999-12-31T23:59:59.999Z" };
    await expectOk(updateUserStatus, { as: ann, body: { custom } });
    await evictHub(ann.userId);
    await runHubAlarmAfter(ann.userId, 31 * 24 * 3_600_000);
    expect((await hubRows(ann.userId, "status"))[0]).toMatchObject({ custom: JSON.stringify(custom) });
    expect((await hubRows(ann.userId, "due")).map(({ key }) => key)).toContain("status");
  });
});
