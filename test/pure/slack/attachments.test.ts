import { describe, expect, test } from "vitest";
import { presentAttachment } from "../../../src/features/slack/present/attachments.ts";
import { noSlackNames, slackMessageText } from "../../../src/features/slack/index.ts";
import { limits, NewAttachments } from "../../../src/protocol/index.ts";

const names = {
  ...noSlackNames,
  usernameOf: (id: string) => (id === "U1" ? "ann" : undefined),
  groupHandleOf: (id: string) => (id === "S1" ? "on-call" : undefined),
};
const convert = (attachments: unknown, fields: object = {}) => {
  const result = slackMessageText({ ...fields, attachments }, { names });
  if ("error" in result) throw new Error(result.error);
  return result;
};
const one = (attachment: object) => convert([attachment]).attachments?.[0];

describe("[IH14] Slack's attachments", () => {
  test("keep their parts, as Markdown or as plain text", () => {
    const attachment = {
      fallback: "Build <https://ci.example/7|7> failed &amp; more",
      color: "#f00",
      pretext: "*pre*",
      author_name: "CI",
      author_link: "https://ci.example",
      title: "Build [7] *x*",
      title_link: "https://ci.example/7",
      text: "failed <https://a.example|log>",
      fields: [{ title: "Branch", value: "_main_", short: true }, { title: "Empty" }, { value: "v" }],
      actions: [{ type: "button", text: "Retry", url: "https://ci.example/retry" }],
      image_url: "https://ci.example/x.png",
      thumb_url: "https://ci.example/y.png",
      footer: "ci",
      footer_icon: "https://ci.example/z.png",
      ts: 1_392_734_382,
      mrkdwn_in: ["text"],
    };
    const result = convert([attachment], { text: "main" });
    expect(result.content).toBe("main");
    expect(result.attachments).toEqual([
      {
        fallback: "Build 7 failed & more",
        color: "#ff0000",
        pretext: "**pre**",
        authorName: "CI",
        authorUrl: "https://ci.example",
        title: "Build [7] *x*",
        titleUrl: "https://ci.example/7",
        text: "failed [log](https://a.example)\n[Retry](https://ci.example/retry)\n**Empty**",
        fields: [{ title: "Branch", value: "_main_", short: true }, { value: "v" }],
        imageUrl: "https://ci.example/x.png",
        thumbnailUrl: "https://ci.example/y.png",
        footer: "ci",
        footerIconUrl: "https://ci.example/z.png",
        at: "2014-02-18T14:39:42.000Z",
      },
    ]);
  });

  test("are presented as they came", () => {
    const attachment = { text: "*b* <https://a.example|log> &lt;", pretext: "_i_", title: "a & b", color: "danger" };
    expect(presentAttachment(one(attachment)!, 0)).toMatchObject({ ...attachment, title: "a &amp; b" });
  }); // prettier-ignore

  test("lose invalid URLs, colours and times, and nothing else", () => {
    const url = "javascript:alert(1)";
    const invalid = { author_link: url, title_link: url, image_url: url, thumb_url: "x", footer_icon: url, color: "red", ts: "soon" };
    expect(one({ ...invalid, author_name: "a", title: "t", footer: "f" })).toEqual({ authorName: "a", title: "t", footer: "f" });
    expect(one({ title: "<https://a.example|T>" })).toEqual({ title: "T", titleUrl: "https://a.example" });
    for (const [color, expected] of [["good", "good"], ["36a64f", "#36a64f"], ["#ABC", "#AABBCC"], ["#12", undefined]])
      expect(one({ text: "x", color })).toEqual({ text: "x", ...(expected && { color: expected }) });
  }); // prettier-ignore

  test("that show nothing are represented by their fallback, or left out", () => {
    expect(one({ fallback: "only *fallback*" })).toEqual({
      text: "only \\*fallback\\*",
      fallback: "only *fallback*",
    });
    for (const empty of [
      {},
      { color: "good" },
      { ts: 1 },
      { title_link: "https://a.example" },
      { text: " " },
    ])
      expect(convert([empty])).toEqual({ content: "", isTruncated: false, areBlocksDropped: false });
    expect(convert("[1, null, {}]").attachments).toBeUndefined();
  });

  test("beyond the limits of a message become text; long parts are cut", () => {
    const many = convert(Array.from({ length: 22 }, (_, n) => ({ title: `t${n}` })));
    expect([many.attachments?.length, many.content]).toEqual([limits.attachments, "**t20**\n\n**t21**"]);
    const large = convert(Array.from({ length: 12 }, (_, n) => ({ text: `${n}${"x".repeat(3_990)}` })));
    expect(large.attachments).toHaveLength(8);
    expect(large.content.length).toBeGreaterThan(7_900);
    const long = convert([{ text: "x".repeat(5_000), title: "t".repeat(400) }]);
    expect([long.attachments?.[0]?.text?.length, long.attachments?.[0]?.title?.length]).toEqual([4_000, 300]);
    expect(long.isTruncated).toBe(true);
    const fields = Array.from({ length: 22 }, (_, n) => ({ title: `f${n}`, value: "v" }));
    expect(one({ fields })).toMatchObject({ fields: { length: 20 }, text: "**f20**: v\n**f21**: v" });
  });

  test("are valid in our own API, whatever they contain", () => {
    const texts = ["\0", "\ud800", "a\u0007b", "\u2028", "😀".repeat(5_000), "\n\n", "<<>>", "*", "```", "<!", "\u202e"];
    for (const text of texts) {
      const field = { title: text, value: text };
      const { attachments = [] } = convert([
        { pretext: text, author_name: text, title: text, text, footer: text, fallback: text, fields: [field], title_link: text, ts: text, color: text },
        { title: text },
        { fallback: text },
      ]);
      expect(NewAttachments.safeParse(attachments).error).toBeUndefined();
    }
  }); // prettier-ignore

  test("have mentions that the text repeats, since only those of the text notify", () => {
    const attachments = [
      { pretext: "<!channel> <@U1>", text: "`<!here>` <@U9|x> \\@bob me@a.example", fields: [{ value: "<!subteam^S1>" }] },
      { text: "<@U1>" },
    ];
    expect(convert(attachments).content).toBe("@channel @ann @on-call");
    expect(convert(attachments, { text: "for <@U1>" }).content).toBe("for @ann\n\n@channel @on-call");
  }); // prettier-ignore
});
