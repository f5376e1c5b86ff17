import { describe, expect, test } from "vitest";
import { noSlackNames, slackMessageText } from "../../../src/features/slack/index.ts";

const names = { ...noSlackNames, usernameOf: (id: string) => (id === "U1" ? "ann" : undefined) };
const convert = (fields: Record<string, unknown>) => {
  const result = slackMessageText(fields, { names });
  if ("error" in result) throw new Error(result.error);
  return result;
};
const flatten = (...blocks: unknown[]): string => convert({ text: "fallback", blocks }).content;
const plain = (text: string) => ({ type: "plain_text", text });
const mrkdwn = (text: string) => ({ type: "mrkdwn", text });

describe("[IH3] Block Kit", () => {
  test("sections with fields and accessory, headers, contexts, dividers and images", () => {
    const content = flatten(
      { type: "header", text: plain("Build *7*") },
      {
        type: "section",
        text: mrkdwn("*ok* <@U1>"),
        fields: [mrkdwn("*a*\n1"), plain("*b*")],
        accessory: { type: "button", text: plain("Open"), url: "https://a.example/7" },
      },
      { type: "divider" },
      { type: "context", elements: [{ type: "image", image_url: "https://a.example/i.png", alt_text: "i" }, mrkdwn("_now_")] },
      { type: "image", image_url: "https://a.example/x.png", alt_text: "chart", title: plain("Chart") },
    ); // prettier-ignore
    expect(content).toBe(
      [
        "**Build \\*7\\***",
        "**ok** @ann\n**a**\n1\n\\*b\\*\n[Open](https://a.example/7)",
        "---",
        "[i](https://a.example/i.png) _now_",
        "[Chart](https://a.example/x.png)",
      ].join("\n\n"),
    );
  });

  test("actions and inputs become their labels, and buttons with a URL links", () => {
    const content = flatten(
      {
        type: "actions",
        elements: [
          { type: "button", text: plain("Approve"), value: "1" },
          { type: "button", text: plain("See"), url: "https://a.example" },
          { type: "static_select", placeholder: plain("Choose"), options: [] },
          { type: "datepicker" },
        ],
      },
      { type: "input", label: plain("Reason"), element: { type: "plain_text_input", placeholder: plain("why") } },
    ); // prettier-ignore
    expect(content).toBe("[Approve] [See](https://a.example) [Choose]\n\nReason: [why]");
  });

  test("rich text: styles, lists, quotes, code, mentions, emoji, dates", () => {
    const text = (value: string, style?: object) => ({ type: "text", text: value, ...(style && { style }) });
    const section = (...elements: unknown[]) => ({ type: "rich_text_section", elements });
    const content = flatten({
      type: "rich_text",
      elements: [
        section(
          text("plain *x* "),
          text("both ", { bold: true, italic: true }),
          text("s", { strike: true }),
          text("a`b", { code: true }),
          { type: "link", url: "https://a.example", text: "l" },
          { type: "user", user_id: "U1" },
          { type: "user", user_id: "U2" },
          { type: "channel", channel_id: "C1" },
          { type: "broadcast", range: "here" },
          { type: "emoji", name: "wave", unicode: "1f44b-1f3fd" },
          { type: "emoji", name: "party_parrot" },
          { type: "date", timestamp: 0, format: "{date}", fallback: "1970" },
        ),
        { type: "rich_text_list", style: "bullet", elements: [section(text("a")), section(text("b"))] },
        { type: "rich_text_list", style: "ordered", indent: 1, offset: 2, elements: [section(text("c"))] },
        { type: "rich_text_quote", elements: [text("q\nr")] },
        { type: "rich_text_preformatted", elements: [text("x\n*y*")] },
        { type: "rich_text_other" },
      ],
    });
    expect(content).toBe(
      [
        "plain \\*x\\* **_both_** ~~s~~`` a`b ``[l](https://a.example)@ann\\@U2#C1@here👋🏽:party_parrot:1970",
        "- a\n- b\n    3. c\n> q\n> r\n```\nx\n*y*\n```",
      ].join("\n"),
    );
  });

  test("unknown blocks show their text, markdown blocks are kept, tables become lines", () => {
    expect(
      flatten(
        { type: "new_block", text: mrkdwn("*n*") },
        { type: "new_block", text: "plain" },
        { type: "empty_block" },
        { type: "markdown", text: "**kept** [x](https://a.example)" },
        { type: "table", rows: [[{ type: "raw_text", text: "a" }, { type: "raw_text", text: "b" }]] },
      ), // prettier-ignore
    ).toBe("**n**\n\nplain\n\n**kept** [x](https://a.example)\n\na | b");
  });

  test("blocks that show nothing give way to the text", () => {
    expect(flatten({ type: "rich_text", elements: "none" }, { type: "section" })).toBe("fallback");
    expect(convert({ text: "t", blocks: [] }).content).toBe("t");
    expect(convert({ text: "*t*", mrkdwn: false }).content).toBe("\\*t\\*");
  });

  test.for([[[{}]], [[null]], ["x"], [{ type: "section" }], [Array.from({ length: 51 }, () => ({ type: "divider" }))]])(
    "rejects what are no blocks (%#)",
    ([blocks]) => {
      expect(slackMessageText({ text: "t", blocks }, { names })).toEqual({ error: "invalid_blocks" });
    },
  ); // prettier-ignore

  test("keeps the blocks up to 4 KiB, and reports when it drops larger ones", () => {
    const block = (length: number) => [{ type: "section", text: plain("x".repeat(length)) }];
    const small = convert({ blocks: block(3_900) });
    expect([small.blocks, small.areBlocksDropped]).toEqual([block(3_900), false]);
    const large = convert({ blocks: block(4_096) });
    expect([large.blocks, large.areBlocksDropped]).toEqual([undefined, true]);
    expect(convert({ blocks: JSON.stringify(block(10)) }).blocks).toEqual(block(10));
  });
});

describe("[IH4] legacy attachments and limits", () => {
  test("all parts of a flattened attachment, in Slack's order", () => {
    const result = slackMessageText({
      text: "main",
      attachments: [
        {
          fallback: "unused",
          color: "#f00",
          pretext: "*pre*",
          author_name: "CI",
          author_link: "https://ci.example",
          title: "Build [7]",
          title_link: "https://ci.example/7",
          text: "failed <@U1>",
          fields: [{ title: "Branch", value: "main", short: true }, { title: "Log", value: "a\nb" }, { value: "v" }],
          actions: [{ type: "button", text: "Retry", url: "https://ci.example/retry" }, { type: "button", text: "No" }],
          image_url: "https://ci.example/x.png",
          footer: "ci",
          ts: 1_392_734_382,
        },
        { fallback: "only *fallback*" },
        { title: "<https://a.example|T>" },
        { blocks: [{ type: "section", text: mrkdwn("_in blocks_") }] },
        "not an attachment",
      ],
    }, { names, flattensAttachments: true }); // prettier-ignore
    expect("content" in result && result.content).toBe(
      [
        "main",
        "**pre**\n[CI](https://ci.example)\n**[Build \\[7\\]](https://ci.example/7)**\nfailed @ann\n**Branch**: main\n**Log**:\na\nb\nv\n[Retry](https://ci.example/retry)\nNo\nhttps://ci.example/x.png\nci · 2014-02-18 14:39 UTC",
        "only \\*fallback\\*",
        "**[T](https://a.example)**",
        "_in blocks_",
      ].join("\n\n"),
    );
  });

  test("a message without any text is empty", () => {
    for (const fields of [{}, { text: "" }, { text: " \n" }, { text: {} }, { attachments: [{}] }])
      expect(convert(fields).content.trim()).toBe("");
  });

  test("long text is cut at 8,000 characters, and an open code block closed", () => {
    const cut = convert({ text: "😀".repeat(9_000) });
    expect([Array.from(cut.content).length, cut.content.endsWith("😀…"), cut.isTruncated]).toEqual([8_000, true, true]);
    expect(convert({ text: `\`\`\`${"x\n".repeat(9_000)}\`\`\`` }).content).toMatch(/…\n```$/);
    expect(convert({ text: "x".repeat(8_000) }).isTruncated).toBe(false);
  }); // prettier-ignore

  test("removes what a message must not contain", () => {
    expect(convert({ text: "a\0b\ud800" }).content).toBe("ab\ufffd");
  });

  test("over 100 attachments are rejected", () => {
    const attachments = Array.from({ length: 101 }, () => ({ text: "x" }));
    expect(slackMessageText({ attachments }, { names })).toEqual({ error: "too_many_attachments" });
  });
});
