import fc from "fast-check";
import { expect, test } from "vitest";
import { emojiOfName, nameOfEmoji } from "../../../src/features/slack/present/emoji.ts";
import {
  parseSlackId,
  slackChannelId,
  slackFileId,
  slackTeamId,
  slackUserId,
} from "../../../src/features/slack/ids.ts";
import { slackSignature } from "../../../src/features/slack/signing.ts";
import {
  candidateSeqs,
  compareTs,
  parseTs,
  slackTs,
  timestampOf,
} from "../../../src/features/slack/timestamps.ts";
import { newId } from "../../../src/lib/ids.ts";
import shortcodes from "emojibase-data/en/shortcodes/iamcal.json" with { type: "json" };

test("[SK3] ids have the form of Slack's and lead back to ours", () => {
  const [user, channel, file] = [newId("usr"), newId("chn"), newId("fil")];
  expect(slackUserId(user)).toMatch(/^[UW][A-Z0-9]{8,}$/);
  expect(parseSlackId("user", slackUserId(user))).toBe(user);
  for (const [type, letter] of [
    ["public", "C"],
    ["private", "C"],
    ["direct", "D"],
    ["group", "G"],
  ] as const) {
    const id = slackChannelId({ id: channel, type });
    expect(id).toMatch(new RegExp(`^${letter}[A-Z0-9]{8,}$`));
    expect(parseSlackId("channel", id)).toBe(channel);
  }
  expect(parseSlackId("file", slackFileId(file))).toBe(file);
  expect(slackTeamId({ REFRESH_TOKEN_KEY: "a2V5" })).toMatch(/^T[A-Z0-9]{10}$/);
  for (const text of [
    "",
    "U",
    "C",
    slackUserId(user),
    `${slackChannelId({ id: channel, type: "public" })}x`,
    "#general",
  ])
    expect(parseSlackId("channel", text)).toBeUndefined();
});

test("[SK4] ts grows with seq, is unique, and leads back to seq", () => {
  const event = fc.record({
    step: fc.integer({ min: 1, max: 700_000 }),
    waitMs: fc.integer({ min: 0, max: 3 }),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3_000_000 }),
      fc.array(event, { maxLength: 40 }),
      (first, events) => {
        let [seq, atMs] = [first, 1_700_000_000_000];
        let last = "";
        for (const { step, waitMs } of events) {
          [seq, atMs] = [seq + step, atMs + waitMs];
          const ts = slackTs({ seq, createdAt: new Date(atMs).toISOString() });
          expect(ts).toMatch(/^\d{10}\.\d{6}$/);
          expect(ts > last).toBe(true);
          const parsed = parseTs(ts)!;
          expect(candidateSeqs(parsed, seq + 5_000_000)).toContain(seq);
          expect(compareTs(parsed, timestampOf(seq, atMs))).toBe(0);
          last = ts;
        }
      },
    ),
  );
});

test("[SK4] times that limit a list are parsed, other text is not", () => {
  expect(parseTs("1700000000")).toEqual({ seconds: 1_700_000_000, fraction: 0 });
  expect(parseTs("1700000000.5")).toEqual({ seconds: 1_700_000_000, fraction: 500_000 });
  expect(parseTs("0")).toEqual({ seconds: 0, fraction: 0 });
  for (const text of ["", "now", "-1", "1.2.3", "1e9", "9".repeat(20)]) expect(parseTs(text)).toBeUndefined();
});

test("[SK5] all names of emoji lead to an emoji, and each emoji back to a name", async () => {
  const names = Object.values(shortcodes as Record<string, string | string[]>).flat();
  const unknown: string[] = [];
  for (const name of names) {
    const emoji = await emojiOfName(name);
    if (emoji === undefined) unknown.push(name);
    else expect(await emojiOfName(await nameOfEmoji(emoji))).toBe(emoji);
  }
  expect(names.length).toBeGreaterThan(1_800);
  // Letters of flags and skin tones alone, which are no emoji.
  expect(unknown.filter((name) => !/^(?:regional_indicator|skin-tone)/.test(name))).toEqual([]);
});

test.each([
  ["+1", "👍"],
  [":thumbsup:", "👍"],
  ["wave::skin-tone-3", "👋🏼"],
  ["heart", "❤️"],
  ["tada", "🎉"],
  ["no_such_emoji", undefined],
  ["x".repeat(200), undefined],
])("[SK5] the name %s leads to %s", async (name, emoji) => {
  expect(await emojiOfName(name)).toBe(emoji);
});

test("[SK14] requests are signed as in Slack's documentation", () => {
  const body =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
  expect(slackSignature("8f742231b10e8888abcd99yyyzzz85a5", body, 1_531_420_618_000)).toEqual({
    "X-Slack-Request-Timestamp": "1531420618",
    "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
  });
});
