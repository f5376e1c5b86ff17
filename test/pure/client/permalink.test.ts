import { expect, test } from "vitest";
import { parsePermalink, permalinkOf } from "../../../src/client/permalink.ts";

const origin = "https://chat.example.org";
const channelId = "chn_01M8HXYDZ4M87JYAE64ZPSGEVJ";

test("[PL1] the client builds and parses permalinks", () => {
  const place = { channelId, seq: 42 };
  const link = permalinkOf(`${origin}/any`, place);
  expect(link).toBe(`${origin}/c/${channelId}/42`);
  expect(parsePermalink(origin, link)).toEqual(place);
  expect(parsePermalink(origin, `${link}?a=1#b`)).toEqual(place);
});

test("[PL2] other links are not permalinks", () => {
  for (const link of [
    "x",
    `https://evil.example/c/${channelId}/42`,
    `${origin}/c/${channelId}/0`,
    `${origin}/c/${channelId}/x`,
    `${origin}/c/chn_x/1`,
    `${origin}/c/${channelId}/1/2`,
    `${origin}/c/${channelId}`,
  ])
    expect(parsePermalink(origin, link), link).toBeUndefined();
});
