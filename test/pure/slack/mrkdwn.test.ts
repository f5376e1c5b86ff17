import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromMrkdwn, type SlackIds, type SlackNames, toMrkdwn } from "../../../src/features/slack/index.ts";

const names: SlackNames = {
  usernameOf: (id) => ({ U1: "ann", W2: "bob.smith" })[id],
  channelNameOf: (id) => ({ C1: "general" })[id],
  groupHandleOf: (id) => ({ S1: "backend" })[id],
};
const ids: SlackIds = {
  userIdOf: (name) => ({ ann: "U1", "bob.smith": "W2" })[name],
  channelIdOf: (name) => ({ general: "C1" })[name],
  groupIdOf: (handle) => ({ backend: "S1" })[handle],
};
const toMarkdown = (text: string): string => fromMrkdwn(text, { names });
const toSlack = (text: string): string => toMrkdwn(text, ids);

describe("[IH1] Slack's text to Markdown", () => {
  test.for([
    ["*bold* _italic_ ~strike~ `code`", "**bold** _italic_ ~~strike~~ `code`"],
    ["*_both_* and _*both*_", "**_both_** and _**both**_"],
    ["a *b* c, (*d*).", "a **b** c, (**d**)."],
    ["*overlap _x* y_", "**overlap \\_x** y\\_"],
    ["snake_case_name 2 * 3 * 4", "snake_case_name 2 * 3 * 4"],
    ["*not\nbold*", "\\*not\nbold\\*"],
    ["**double**", "\\*\\*double\\*\\*"],
    ["a*b*c", "a\\*b\\*c"],
    ["~~x~~ ~5 min", "\\~\\~x\\~\\~ ~5 min"],
    ["[FIRING:1] up [x](y) [a]: b", "[FIRING:1] up [x\\](y) [a]: b"],
    ["C:\\dir \\*x", "C:\\dir \\\\\\*x"],
    ["# title\ntext\n---", "# title\ntext\n---"],
    ["&lt;b&gt; &amp;lt; &amp; a &lt; b", "<b> &lt; & a < b"],
    ["&amp;amp; &quot;", "&amp; &quot;"],
  ])("styles and escapes: %s", ([slack = "", markdown = ""]) => {
    expect(toMarkdown(slack)).toBe(markdown);
  });

  test.for([
    ["<https://a.example/x|the text>", "[the text](https://a.example/x)"],
    ["<https://a.example/?a=1&amp;b=2>", "https://a.example/?a=1&b=2"],
    ["see <https://a.example/x>.", "see <https://a.example/x>."],
    ["<https://a.example/_x_>", "<https://a.example/_x_>"],
    ["<https://a.example/(x)|a [b] *c*>", "[a \\[b\\] \\*c\\*](https://a.example/%28x%29)"],
    ["<mailto:a@b.example|a@b.example>", "[a@b.example](mailto:a@b.example)"],
    ["<javascript:alert(1)|click>", "click (javascript:alert(1))"],
    ["<https://a.example|>", "https://a.example"],
    ["<not a link> <", "<not a link> <"],
    ["*<https://a.example|x>*", "**[x](https://a.example)**"],
  ])("links: %s", ([slack = "", markdown = ""]) => {
    expect(toMarkdown(slack)).toBe(markdown);
  });

  test.for([
    ["<@U1> <@W2|bob>", "@ann @bob.smith"],
    ["<@U9> <@U9|carol>", "\\@U9 \\@carol"],
    ["<#C1> <#C1|general> <#C9|secret> <#C9>", "#general #general #secret #C9"],
    ["<!here> <!channel> <!everyone> <!here|here>", "@here @channel @channel @here"],
    ["<!subteam^S1> <!subteam^S9|@ops> <!subteam^S9>", "@backend \\@ops \\@S9"],
    ["<!date^1392734382^{date} at {time}|Feb 18, 2014 UTC>", "Feb 18, 2014 UTC"],
    ["<!date^1392734382^{date}>", "2014-02-18 14:39 UTC"],
    ["<!date^1392734382^{date}^https://a.example/|then>", "[then](https://a.example/)"],
    ["<!unknown|label> <!unknown>", "label <unknown>"],
    ["@ann @channel a@b.example", "\\@ann \\@channel a@b.example"],
  ])("mentions: %s", ([slack = "", markdown = ""]) => {
    expect(toMarkdown(slack)).toBe(markdown);
  });

  test("link_names keeps names that mention", () => {
    expect(fromMrkdwn("@ann", { names, linkNames: true })).toBe("@ann");
  });

  test.for([
    ["```code *x* &lt; <@U1>```", "```\ncode *x* < @ann\n```"],
    ["```\na\n\nb\n```", "```\na\n\nb\n```"],
    ["before ```x``` after", "before\n```\nx\n```\n after"],
    ["a\n```\nb\n```\nc", "a\n```\nb\n```\nc"],
    ["open ```x", "open \\`\\`\\`x"],
    ["`<https://a.example|x> &amp;` `", "`x &` \\`"],
  ])("code: %s", ([slack = "", markdown = ""]) => {
    expect(toMarkdown(slack)).toBe(markdown);
  });

  test.for([
    ["> quoted\nnot", "> quoted\nnot"],
    ["&gt; a\n&gt; *b*", "> a\n> **b**"],
    [">>> a\nb\n\nc", "> a\n> b\n>\n> c"],
    ["a > b", "a > b"],
  ])("quotes: %s", ([slack = "", markdown = ""]) => {
    expect(toMarkdown(slack)).toBe(markdown);
  });
});

describe("[IH2] Markdown to Slack's text", () => {
  test.for([
    ["**bold** __bold__ *i* _i_ ~~s~~ `c`", "*bold* *bold* _i_ _i_ ~s~ `c`"],
    ["***both*** **a _b_ c**", "*_both_* *a _b_ c*"],
    ["2 * 3 * 4 snake_case_x **open", "2 * 3 * 4 snake_case_x **open"],
    ["\\*x\\* <b> a & b \\n", "*x* &lt;b&gt; a &amp; b \\n"],
    ["``a`b`` `x", "`aˋb` `x"],
    ["# Title\n> quote", "# Title\n&gt; quote"],
    ["~~~js\n*x* <\n~~~", "```\n*x* &lt;\n```"],
    ["```\nopen", "```\nopen\n```"],
    ["[text](https://a.example/?a=1&b=2)", "<https://a.example/?a=1&amp;b=2|text>"],
    ["![alt](https://a.example/x.png) [a](b)", "<https://a.example/x.png|alt> [a](b)"],
    ["[a [b](https://a.example)", "[a <https://a.example|b>"],
    ["(https://a.example/x). <https://b.example>", "(<https://a.example/x>). <https://b.example>"],
    ["https://a.example/a_b_c", "<https://a.example/a_b_c>"],
    [
      "@ann, @Bob.Smith. @other @here @backend a@ann.example",
      "<@U1>, <@W2>. @other <!here> <!subteam^S1> a@ann.example",
    ],
    ["\\@ann `@ann`", "@ann `@ann`"],
    ["#general #other x#general", "<#C1|general> #other x#general"],
  ])("converts %s", ([markdown = "", slack = ""]) => {
    expect(toSlack(markdown)).toBe(slack);
  });
});

const fragment = fc.constantFrom(
  "*bold*", "_italic_", "~strike~", "`code`", "<https://a.example/x|text>", "<https://a.example/?a=1&amp;b>", "<@U1>",
  "<#C1|general>", "<!here>", "<!channel>", "<!subteam^S1>", "a &amp; b", "1 &lt; 2", "&lt;tag&gt;", "word", "*_both_*", "[x]", "~5", "@name", ":smile:",
); // prettier-ignore

test("[IH2] text in Slack's format survives a conversion to Markdown and back", () => {
  fc.assert(
    fc.property(fc.array(fc.array(fragment, { minLength: 1, maxLength: 6 }), { maxLength: 4 }), (lines) => {
      const slack = lines.map((line) => line.join(" ")).join("\n");
      expect(toSlack(toMarkdown(slack))).toBe(slack);
    }),
    { numRuns: 300 },
  );
});

test("[IH1] no plain text becomes markup", () => {
  const character = fc.constantFrom(..."ab \\*_~[]()<>&#!@|:.-=1");
  fc.assert(
    fc.property(fc.array(character, { maxLength: 24 }), (characters) => {
      const text = characters.join("");
      const encoded = text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
      // A character that Slack reads as part of a style is separated from its neighbours.
      const slack = encoded.replace(/[*_~]/g, " $& ");
      const literal = text.replace(/[*_~]/g, " $& ");
      if (/^\s*>/.test(literal)) return;
      expect(toMrkdwn(toMarkdown(slack), ids)).toBe(slack);
    }),
    { numRuns: 500 },
  );
});
