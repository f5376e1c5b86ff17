import { createRequire } from "node:module";
import { Ajv } from "ajv";
import ajvFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { asyncApiDocument } from "../../../src/features/contract/asyncapi-document.ts";
import {
  closeCodes,
  commandTypes,
  controlTypes,
  eventTypes,
  signalTypes,
  sockets,
  userEventTypes,
  userSignalTypes,
} from "../../../src/protocol/index.ts";
import { danglingRefs, type Json } from "../../support/json-walk.ts";

const document = asyncApiDocument({ version: "0.1.0" });
const messages = document.components["messages"] as Record<string, Json>;
const answers = ["hello", "ack", "error", "subscribed", "gap", "reset", "unsubscribed", "pong"];

/** Compiles the payload schema of a message as the document's readers would. */
function payloadOf(message: string) {
  const ajv = new Ajv({ strict: false });
  ajvFormats.default(ajv);
  return ajv.addSchema(document, "doc").compile({ $ref: `doc#/components/messages/${message}/payload` });
}

const channelId = "chn_01KAMF6Z5XJ4Q0V8T9W2B3C4D5";
const member = {
  userId: "usr_01KAMF6Z5XJ4Q0V8T9W2B3C4D5",
  role: "member",
  joinedAt: "2026-11-22T09:30:00.000Z",
};
const memberJoin = {
  type: "memberJoin",
  channelId,
  seq: 2,
  at: "2026-11-22T09:30:00.000Z",
  data: { member },
};

describe("AsyncAPI document", () => {
  test("is valid AsyncAPI 3.0", () => {
    const schema = createRequire(import.meta.url)("@asyncapi/specs/schemas/3.0.0-without-$id.json") as object;
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
    expect(ajv.validate(schema, document), ajv.errorsText()).toBe(true);
  });

  test("is the same each time", () => {
    expect(JSON.stringify(asyncApiDocument({ version: "0.1.0" }))).toBe(JSON.stringify(document));
  });

  test("resolves every reference", () => {
    expect(danglingRefs(document)).toEqual([]);
  });

  test("has a message for every client frame and every server envelope", () => {
    const expected = [
      ...[...commandTypes, ...controlTypes].map((type) => `client.${type}`),
      ...[...answers, ...eventTypes, ...signalTypes, "events"].map((type) => `server.${type}`),
      ...[...userEventTypes, ...userSignalTypes].map((type) => `server.own.${type}`),
    ];
    expect(Object.keys(messages).toSorted()).toEqual(expected.toSorted());
  });

  test("describes every socket: what it receives and its responses", () => {
    expect(Object.keys(document.channels)).toEqual(Object.keys(sockets));
    for (const name of Object.keys(sockets)) {
      const channel = { $ref: `#/channels/${name}` };
      expect(document.operations[`${name}.messageCreate`]).toMatchObject({
        action: "receive",
        messages: [{ $ref: `#/channels/${name}/messages/client.messageCreate` }],
        reply: {
          channel,
          messages: [
            { $ref: `#/channels/${name}/messages/server.ack` },
            { $ref: `#/channels/${name}/messages/server.error` },
          ],
        },
      });
      expect(document.operations[`${name}.frames`]).toMatchObject({ action: "send", channel });
    }
  });

  test("sends a user's own events only on the gateway socket", () => {
    const own = [...userEventTypes, ...userSignalTypes].map((type) => `server.own.${type}`);
    const sentOn = (name: string) =>
      (document.operations[`${name}.frames`] as { messages: { $ref: string }[] }).messages.map(({ $ref }) =>
        $ref.slice($ref.lastIndexOf("/") + 1),
      );
    expect(sentOn("realtime")).toEqual(expect.arrayContaining(own));
    expect(sentOn("channelRealtime").filter((message) => own.includes(message))).toEqual([]);
    for (const name of Object.keys(sockets))
      expect(Object.keys(document.channels[name]!["messages"] as Json)).toEqual(
        expect.arrayContaining(sentOn(name)),
      );
  });

  test.each([
    ["subscribe", ["subscribed", "error"]],
    ["unsubscribe", ["unsubscribed", "error"]],
    ["typing", ["ack", "error"]],
    ["statusUpdate", ["ack", "error"]],
    ["ping", ["pong", "error"]],
    ["seen", ["error"]],
    ["memberJoin", ["ack", "error"]],
  ])("lists the responses to %s", (type, replies) => {
    expect(document.operations[`realtime.${type}`]).toMatchObject({
      reply: { messages: replies.map((reply) => ({ $ref: `#/channels/realtime/messages/server.${reply}` })) },
    });
  });

  test("describes each message", () => {
    const summaries = Object.entries(messages).map(([name, { summary }]) => [name, summary]);
    expect(summaries.filter(([, summary]) => typeof summary !== "string" || summary === "")).toEqual([]);
    expect(messages["server.own.memberJoin"]).toMatchObject({ name: "memberJoin" });
    expect(messages["server.own.memberJoin"]!["summary"]).not.toBe(messages["server.memberJoin"]!["summary"]);
  });

  test("allows a ticket instead of a token", () => {
    const { workspace } = document["servers"] as Record<string, { security: object[] }>;
    expect(workspace!.security).toContainEqual({ $ref: "#/components/securitySchemes/ticket" });
    const { ws } = document.channels["realtime"]!["bindings"] as { ws: { headers: Json } };
    const ajv = new Ajv({ strict: false });
    const offers = ajv.compile(ws.headers);
    for (const offered of ["parley.v1", "parley.v1, ticket.usr_x.y", "ticket.x,parley.v1"])
      expect(offers({ "Sec-WebSocket-Protocol": offered }), offered).toBe(true);
    for (const offered of ["", "parley_v1", "parley.v10", "xparley.v1", "ticket.parley.v1"])
      expect(offers({ "Sec-WebSocket-Protocol": offered }), offered).toBe(false);
  });

  test("lists every close code and whether to reconnect", () => {
    for (const { code, reconnect } of Object.values(closeCodes)) {
      for (const channel of Object.values(document.channels)) {
        expect(channel["x-close-codes"]).toMatchObject({ [code]: { reconnect } });
      }
      expect(document.info["description"]).toContain(`| ${code} |`);
    }
  });
});

describe("payloads", () => {
  test("of a client are one object, closed to unknown fields", () => {
    const valid = payloadOf("client.messageCreate");
    expect(valid({ id: 7, type: "messageCreate", data: { content: "hi", nonce: "1" } })).toBe(true);
    expect(valid({ id: 7, type: "messageCreate", data: { content: "hi", colour: "red" } })).toBe(false);
    expect(valid({ id: 7, type: "messageCreate", data: { content: "hi" }, colour: "red" })).toBe(false);
    expect(valid({ id: 7, type: "messageUpdate", data: { content: "hi" } })).toBe(false);
  });

  test("of the server are arrays that may contain other envelopes too", () => {
    const valid = payloadOf("server.memberJoin");
    expect(valid([memberJoin])).toBe(true);
    expect(valid([{ type: "ack", id: "a", data: { member } }, memberJoin, { type: "pong" }])).toBe(true);
    expect(valid([{ type: "pong" }])).toBe(false);
    expect(valid(memberJoin)).toBe(false);
    expect(valid([memberJoin, { type: "memberJoin" }])).toBe(false);
  });

  test("distinguish an event of one's own from the channel's of the same type", () => {
    const { channelId: _, ...rest } = memberJoin;
    const own = { ...rest, data: { channelId, member } };
    expect(payloadOf("server.own.memberJoin")([own])).toBe(true);
    expect(payloadOf("server.memberJoin")([own])).toBe(false);
    expect(payloadOf("server.own.memberJoin")([memberJoin])).toBe(false);
  });

  test("of the server are open to additions", () => {
    expect(payloadOf("server.memberJoin")([{ ...memberJoin, later: true }])).toBe(true);
  });
});
