import { describe, expect, test } from "vitest";
import type { FileRef, Message } from "../../../src/client/index.ts";
import { areRead } from "../../../web/src/pwa/are-read.ts";
import { handlingOf, isPage } from "../../../web/src/service-worker/handling.ts";
import { pathOf, plainText, titleOf } from "../../../web/src/service-worker/notification-text.ts";
import { closes, parsePush, type ReadPush } from "../../../web/src/service-worker/push-payload.ts";
import { message as anyMessage } from "../client/message-fixture.ts";

const origin = "https://chat.example.org";

describe("requests", () => {
  const handling = (path: string, { method = "GET", mode = "navigate" } = {}) =>
    handlingOf(
      { method, mode, url: new URL(path, origin).href },
      { origin, isShellFile: (file) => ["/", "/icon.svg"].includes(file) },
    );

  test.each(["/", "/c/chn_1", "/c/chn_1/42", "/settings/profile", "/search?q=a.b", "/login"])(
    "page: %s",
    (path) => expect(handling(path)).toBe("page"),
  );

  test.each([
    "/v1/users/me",
    "/v1/files/fil_1/content",
    "/hooks/1",
    "/slack/api",
    "/docs/api",
    "/.well-known/jwks.json",
    "/errors/not-found",
    "/icon.svg",
    "https://example.org/c/chn_1",
  ])("left to the browser: %s", (path) => expect(handling(path)).toBe("none"));

  test("other pages of the origin are not pages of the application", () => {
    expect(["/", "/c/chn_1/42", "/login"].filter(isPage)).toHaveLength(3);
    expect(["/v1/files/fil_1/content", "/docs/api", "/errors/not-found", "/icon.svg"].filter(isPage)).toEqual(
      [],
    );
  });

  test("assets, files of the shell, and other requests", () => {
    expect(handling("/assets/app-1.js", { mode: "cors" })).toBe("asset");
    expect(handling("/icon.svg", { mode: "no-cors" })).toBe("file");
    expect(handling("/build.json", { mode: "cors" })).toBe("none");
    expect(handling("/", { mode: "cors" })).toBe("none");
    expect(handling("/c/chn_1", { method: "POST" })).toBe("none");
  });
});

describe("pushes", () => {
  const notification = {
    type: "notification",
    seq: 5,
    channelId: "chn_1",
    messageId: "msg_1",
    unreadSeqs: [5],
  };

  test("are read with the spaces behind them, and with fields of newer servers", () => {
    expect(parsePush(JSON.stringify({ ...notification, extra: 1 }).padEnd(1_024))).toMatchObject(
      notification,
    );
    expect(parsePush('{"type":"summary","count":3}')).toEqual({ type: "summary", count: 3 });
    expect(parsePush('{"type":"read","channelId":null,"lastReadSeq":5}')).toMatchObject({
      type: "read",
    });
  });

  test.each([
    ["none", undefined],
    ["no JSON", "hello"],
    ["null", "null"],
    ["a list", "[]"],
    ["an unknown type", '{"type":"other"}'],
    ["a missing list", '{"type":"notification","channelId":null,"messageId":null}'],
    ["a missing channel", '{"type":"notification","unreadSeqs":[],"messageId":null}'],
    ["a missing position", '{"type":"read","channelId":null}'],
    ["a missing count", '{"type":"summary"}'],
  ])("are not understood: %s", (_, text) => {
    expect(parsePush(text)).toBeUndefined();
  });

  test("close a notification once all that it stands for was read", () => {
    const read = { type: "read", channelId: "chn_1", lastReadSeq: 5 } as ReadPush;
    expect(closes(read, [3, 5])).toBe(true);
    expect(closes(read, [3, 6])).toBe(false);
  });
});

describe("texts of notifications", () => {
  const message = (more: Partial<Message>): Message =>
    anyMessage(7, { authorId: "usr_1", content: "", ...more });
  const file = (type: string): FileRef => ({ name: "a.bin", type }) as FileRef;

  test("have no markup and no line breaks", () => {
    const entities: Message["entities"] = [
      { type: "quote", offset: 0, length: 3 },
      { type: "bold", offset: 4, length: 5, marker: 2 },
    ];
    expect(plainText(message({ content: "> a\n**b**\nc", entities }))).toBe("a b c");
  });

  test("are cut between characters", () => {
    const text = plainText(message({ content: "😀".repeat(400) }));
    expect([...text]).toHaveLength(301);
    expect(text.endsWith("😀…")).toBe(true);
  });

  test.each([
    ["Image: a.bin", { files: [file("image/png")] }],
    ["File: a.bin", { files: [file("text/plain")] }],
    ["2 images", { files: [file("image/png"), file("image/gif")] }],
    ["2 files", { files: [file("image/png"), file("text/plain")] }],
    ["fallback", { attachments: [{ fallback: "fallback", title: "title" }] }],
    ["title", { attachments: [{ title: "title" }] }],
    ["", {}],
  ])("of a message without text: %s", (expected, more) => {
    expect(plainText(message(more))).toBe(expected);
  });

  test.each([
    ["Ann in #general", { name: "general", type: "public" as const }, {}],
    ["CI (bot) in #general", { name: "general", type: "public" as const }, { sender: { name: "CI" } }],
    ["Ann in a thread of #general", { name: "general", type: "private" as const }, { threadId: "msg_0" }],
    ["Ann", { name: null, type: "direct" as const }, {}],
    ["Ann in a thread", { name: null, type: "direct" as const }, { threadId: "msg_0" }],
    ["Ann in a group conversation", { name: null, type: "group" as const }, {}],
  ])("who and where: %s", (expected, channel, more) => {
    expect(titleOf(message(more), channel, "Ann")).toBe(expected);
  });

  test("lead to the message, or to its thread", () => {
    expect(pathOf(message({}))).toBe("/c/chn_1/7");
    expect(pathOf(message({ threadId: "msg_0" }))).toBe("/c/chn_1?pane=thread%3Achn_1%3Amsg_0");
  });
});

describe("notifications that were read in the page", () => {
  const items = [
    { seq: 9, read: false },
    { seq: 7, read: true },
    { seq: 5, read: true },
  ];

  test.each([
    ["all read", [7, 5], false, true],
    ["one unread", [9, 7], false, false],
    ["deleted", [6], false, true],
    ["newer than the loaded ones", [10], false, false],
    ["older, where all are loaded", [3], false, true],
    ["older, where not all are loaded", [3], true, false],
    ["a summary", [], false, false],
  ])("%s", (_, seqs, hasMore, expected) => {
    expect(areRead(seqs, { items, hasMore })).toBe(expected);
  });

  test("none are known", () => {
    expect(areRead([1], { items: [], hasMore: false })).toBe(false);
  });
});
