import { HtmlRenderer, Parser } from "commonmark";
import fc from "fast-check";
import { expect, test } from "vitest";
import { resolveMentions } from "../../../src/features/messages/mentions.ts";
import { Entity } from "../../../src/protocol/index.ts";

const ids = { bob: `usr_${"0".repeat(25)}1`, ann: `usr_${"0".repeat(25)}2` };
/** A channel with Bob and Ann in it. */
const room = {
  memberByUsername: (name: string) =>
    ["bob", "ann"].includes(name) ? { userId: ids[name as keyof typeof ids] } : undefined,
  memberIds: () => [ids.bob],
  presentIds: () => [ids.bob],
} as never;
const entities = (text: string): Entity[] => resolveMentions(room, "usr_eve", text).entities;

/** Each entity as `type` and the part of the text that it is. */
const outline = (text: string): string[] =>
  entities(text).map(({ type, offset, length }) => `${type} ${sliceOf(text, offset, length)}`);
const sliceOf = (text: string, offset: number, length: number): string =>
  [...text].slice(offset, offset + length).join("");

test.for<[string, string[]]>([
  ["plain text, 10:30 – no: markup", []],
  [
    "**bold** and *it* and _it_ and ~~gone~~",
    ["bold **bold**", "italic *it*", "italic _it_", "strike ~~gone~~"],
  ],
  ["***both***", ["italic ***both***", "bold **both**"]],
  ["snake_case_name 2*3*4 ~one~", ["italic *3*"]],
  ["\\*no\\* `*no*` **a`b**c`", ["code `*no*`", "code `b**c`"]],
  ["```ts\nconst a = 1;\n```\nafter", ["codeBlock ```ts\nconst a = 1;\n```"]],
  ["> one\n> two\n\nafter > this", ["quote > one\n> two"]],
  ["see https://example.org/a_b_c.", ["link https://example.org/a_b_c"]],
  ["(www.example.org) <https://example.org>", ["link www.example.org", "link <https://example.org>"]],
  ["**https://example.org/**", ["bold **https://example.org/**", "link https://example.org/"]],
  [
    "[the *docs*](https://example.org/x 'title')",
    ["link [the *docs*](https://example.org/x 'title')", "italic *docs*"],
  ],
  ["[x](javascript:alert(1)) [y](/relative) javascript:alert(1)", []],
  [
    "hi @bob, @ann. and @channel! not a@bob `@ann`",
    ["mention @bob", "mention @ann", "groupMention @channel", "code `@ann`"],
  ],
  [":tada: at 10:30:45 a:b:c :not ok:", ["emoji :tada:"]],
  ["👩‍👩‍👧 **né** 👍 @bob", ["bold **né**", "mention @bob"]],
  ["**not\n\nbold**", []],
])("[MF1] entities of %j", ([text, expected]) => {
  expect(outline(text)).toEqual(expected);
  for (const entity of entities(text)) expect(Entity.parse(entity)).toEqual(entity);
});

test("[MF1] a link states its address and the text to show", () => {
  expect(entities("é [docs](https://example.org/a b)")).toEqual([
    { type: "link", offset: 2, length: 31, url: "https://example.org/a", textOffset: 3, textLength: 4 },
  ]);
  expect(entities("www.example.org")[0]).toMatchObject({ url: "https://www.example.org/" });
});

test("[MF1] a code block states its language", () => {
  expect(entities("~~~ c++ x\na\n~~~")[0]).toMatchObject({ type: "codeBlock", language: "c++" });
  expect(entities("```\na")[0]).not.toHaveProperty("language");
});

test("[MF3] at most 200 entities are listed", () => {
  expect(entities("*a* ".repeat(300))).toHaveLength(200);
});

/** Renders the emphasis of a text as the reference implementation of CommonMark does. */
function withTags(text: string): string {
  const tags: Record<number, string> = {};
  const hidden = new Set<number>();
  const add = (at: number, tag: string, isFirst: boolean) => {
    tags[at] = isFirst ? tag + (tags[at] ?? "") : (tags[at] ?? "") + tag;
  };
  for (const entity of entities(text)) {
    if (entity.type !== "bold" && entity.type !== "italic") continue;
    const { offset, length, marker } = entity;
    const name = entity.type === "bold" ? "strong" : "em";
    add(offset, `<${name}>`, false);
    add(offset + length - marker, `</${name}>`, true);
    for (let at = 0; at < marker; at++) hidden.add(offset + at).add(offset + length - 1 - at);
  }
  let html = "";
  for (let at = 0; at <= text.length; at++)
    html += (tags[at] ?? "") + (hidden.has(at) ? "" : (text[at] ?? ""));
  return html;
}

test("[MF2] emphasis is that of the reference implementation of CommonMark", () => {
  const reference = (text: string): string =>
    new HtmlRenderer().render(new Parser().parse(text)).replace(/^<p>|<\/p>\n$/g, "");
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("*", "**", "***", "_", "__", "a", "b", " ", "."), { maxLength: 14 }),
      (parts) => {
        const text = `x${parts.join("")}y`;
        expect(withTags(text)).toBe(reference(text));
      },
    ),
    { numRuns: 5_000 },
  );
});
