import { describe, expect, test } from "vitest";
import { asyncApiDocument } from "../../../src/features/contract/asyncapi-document.ts";
import { openApiDocument } from "../../../src/features/contract/openapi-document.ts";
import type { AsyncApi, OpenApi } from "../../../web/src/reference/contract/document.ts";
import { entriesById, groupsOf, responsesOf } from "../../../web/src/reference/contract/entries.ts";
import { searchEntries } from "../../../web/src/reference/contract/search-entries.ts";

const openApi = openApiDocument({ version: "0.0.0" }) as unknown as OpenApi;
const asyncApi = asyncApiDocument({ version: "0.0.0" }) as unknown as AsyncApi;
const groups = groupsOf({ openApi, asyncApi });
const entries = entriesById(groups);
const operations = Object.values(openApi.paths).flatMap((item) => Object.values(item));

const idsOf = (found: readonly { entries: readonly { id: string }[] }[]): string[] =>
  found.flatMap((group) => group.entries.map(({ id }) => id));

describe("the list of contents", () => {
  test("has every operation once, and every message of every socket once", () => {
    const ids = idsOf(groups);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(operations.map(({ operationId }) => operationId)));
    const messages = Object.values(asyncApi.channels).reduce(
      (sum, channel) => sum + Object.keys(channel.messages).length,
      0,
    );
    expect(ids).toHaveLength(operations.length + messages);
  });

  test("groups are the tags, then the sockets, each with its description", () => {
    expect(groups.map(({ title }) => title)).toEqual([
      ...(openApi.tags ?? []).map(({ name }) => name),
      "/v1/realtime",
      "/v1/channels/{channelId}/realtime",
    ]);
    expect(groups.filter(({ description }) => !description)).toEqual([]);
  });

  test("a socket's group begins with the operation that opens it", () => {
    const [socket, channelSocket] = groups.slice(-2);
    expect(socket?.entries[0]).toMatchObject({ id: "realtime", label: "SOCKET" });
    expect(channelSocket?.entries[0]).toMatchObject({ id: "channelRealtime", label: "SOCKET" });
    expect(entries.get("realtime.messageCreate")).toMatchObject({ direction: "client", label: "SEND" });
    expect(entries.get("realtime.server.own.memberJoin")).toMatchObject({ title: "own.memberJoin" });
    expect(entries.has("channelRealtime.server.own.memberJoin")).toBe(false);
  });

  test("every reply of a message is an entry", () => {
    const replies = [...entries.values()].flatMap((entry) => (entry.kind === "message" ? entry.replies : []));
    expect(replies.length).toBeGreaterThan(50);
    expect(replies.filter((id) => !entries.has(id))).toEqual([]);
  });

  test("without the AsyncAPI document the operations are complete", () => {
    const ids = idsOf(groupsOf({ openApi, asyncApi: null }));
    expect(ids.toSorted()).toEqual(operations.map(({ operationId }) => operationId).toSorted());
  });

  test("every response of every operation is resolved", () => {
    for (const operation of operations)
      expect(responsesOf(operation, openApi).map(([status]) => status)).toEqual(
        Object.keys(operation.responses),
      );
  });
});

describe("the search", () => {
  test.each([
    ["an id", "createmessage", "createMessage"],
    ["a path", "/v1/users/me/totp", "createTotp"],
    ["a method and a path", "DELETE sessions", "endAllSessions"],
    ["a summary", "archive channel", "archiveChannel"],
    ["a message of a socket", "receive hello", "realtime.server.hello"],
  ])("finds %s", (_, query, id) => {
    const ids = idsOf(searchEntries(groups, query));
    expect(ids).toContain(id);
    expect(ids.length).toBeLessThan(entries.size / 2);
  });

  test("every word must occur, and groups without a result are omitted", () => {
    expect(searchEntries(groups, "createMessage nowhere")).toEqual([]);
    expect(searchEntries(groups, "getKeys").map(({ title }) => title)).toEqual(["auth"]);
  });

  test("an empty query finds everything, and a very long one ends", () => {
    expect(searchEntries(groups, "  ")).toBe(groups);
    expect(searchEntries(groups, "a ".repeat(1_000_000)).length).toBeGreaterThan(0);
  });
});
