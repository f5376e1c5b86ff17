import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { shellWord, tokenExample, webhookExample } from "../../../web/src/admin/forms/examples.ts";

/** Returns the words of a command as a shell passes them on. */
const wordsOf = (command: string): string[] =>
  execFileSync("sh", ["-c", `curl() { printf '%s\\n' "$@"; }; ${command}`], { encoding: "utf8" })
    .trimEnd()
    .split("\n");

describe("examples for a shell", () => {
  test.each(["plain", "it's", '$(id) `id` \\ "', "''"])("quote %j as one word", (text) => {
    expect(wordsOf(`curl ${shellWord(text)}`)).toEqual([text]);
  });

  test("post a message by the URL of a webhook", () => {
    const url = "https://chat.example.com/hooks/iwh_1/secret";
    const words = wordsOf(webhookExample(url));
    expect(words).toContain(url);
    expect(JSON.parse(words.at(-1) ?? "")).toEqual({ content: "**Deployed** 1.2.3" });
  });

  test("send a token in the header", () => {
    expect(wordsOf(tokenExample("https://chat.example.com", "bot_1"))).toEqual([
      "-s",
      "https://chat.example.com/v1/users/me",
      "-H",
      "Authorization: Bearer bot_1",
    ]);
  });
});
