import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { subprotocol } from "../../../src/protocol/index.ts";
import { channelOf, type Person, person, session } from "../../support/worker/cast.ts";
import { logged } from "../../support/worker/console.ts";
import { ticketOf, withTicket } from "../../support/worker/gateway.ts";
import { helloOf } from "../../support/worker/hello.ts";
import { hubRows, hubTables, later } from "../../support/worker/hubs.ts";
import { problemOf } from "../../support/worker/raw.ts";
import { TestSocket, upgrade } from "../../support/worker/socket.ts";

let ann: Person;
let channelId = "";
beforeAll(async () => {
  ann = await person("ann");
  channelId = await channelOf(ann);
});
afterEach(() => void vi.useRealTimers());

const doors: [string, () => string][] = [
  ["the one socket", () => "/v1/realtime"],
  ["a room's own socket", () => `/v1/channels/${channelId}/realtime`],
];

describe.each(doors)("a ticket for %s", (_, path) => {
  test("[TK1] opens it as the session that asked for it, and the answer names our subprotocol alone", async () => {
    const phone = await session(ann);
    const response = await withTicket(path(), await ticketOf(phone));
    expect(response.headers.get("Sec-WebSocket-Protocol")).toBe(subprotocol);
    const names = [...response.headers.keys()];
    expect(names.filter((name) => name.startsWith("x-")).toSorted()).toEqual(["x-request-id"]);
    expect(await helloOf(response)).toMatchObject({ userId: ann.userId, sessionId: phone.sessionId });
  });

  test("[TK1] works once: of twenty uses at once one wins", async () => {
    const ticket = await ticketOf(ann);
    const answers = await Promise.all(Array.from({ length: 20 }, () => withTicket(path(), ticket)));
    const won = answers.filter(({ status }) => status === 101);
    expect(won).toHaveLength(1);
    for (const answer of answers.filter((each) => !won.includes(each)))
      await problemOf(answer, "unauthenticated");
    await helloOf(won[0]!);
    await problemOf(await withTicket(path(), ticket), "unauthenticated");
  });

  test("[TK1] is good for 30 s", async () => {
    const [inTime, late] = [await ticketOf(ann), await ticketOf(ann)];
    later(29_000);
    await helloOf(await withTicket(path(), inTime));
    later(2_000);
    await problemOf(await withTicket(path(), late), "unauthenticated");
  });

  test("[TK1] lives no longer than its session", async () => {
    const phone = await session(ann);
    const ticket = await ticketOf(phone);
    await phone.call("POST", "/v1/auth/logout");
    await problemOf(await withTicket(path(), ticket), "unauthenticated");
  });

  test("[TK1] [ER4] leaves no trace in the log", async () => {
    const ticket = await ticketOf(ann);
    const { text } = await logged(async () => helloOf(await withTicket(path(), ticket)));
    expect(text).not.toContain(ticket.split(".")[1]);
  });

  test.each([
    ["none", () => ""],
    ["a user's id alone", () => ann.userId],
    ["one without a secret", () => `${ann.userId}.`],
    ["another secret", () => `${ann.userId}.${"A".repeat(43)}`],
    ["one for a user who does not exist", () => `${newId("usr")}.${"A".repeat(43)}`],
    ["an access token", () => ann.token],
    ["what the hub is asked with", () => `${ann.userId}.${"A".repeat(42)}%`],
  ])("[TK1] [TK2] that is %s is refused", async (_name, ticket) => {
    await problemOf(await withTicket(path(), ticket()), "unauthenticated");
  });

  test("[TK2] what is stored of it lets nobody in", async () => {
    const ticket = await ticketOf(ann);
    const [row] = (await hubRows(ann.userId, "tickets")).slice(-1);
    for (const stored of Object.values(row!))
      await problemOf(await withTicket(path(), `${ann.userId}.${String(stored)}`), "unauthenticated");
    await helloOf(await withTicket(path(), ticket));
  });

  test("[TK1] is not looked at where there is a token, and stays unused", async () => {
    const ticket = await ticketOf(ann);
    const both = { "Sec-WebSocket-Protocol": `ticket.${ticket}, ${subprotocol}` };
    await problemOf(await upgrade(path(), "x.y.z", both), "unauthenticated");
    await helloOf(await upgrade(path(), ann.token, both));
    await helloOf(await withTicket(path(), ticket));
  });

  test("[TK3] opens nothing for a page of an origin that is not listed, and stays unused", async () => {
    const ticket = await ticketOf(ann);
    for (const Origin of ["null", "https://evil.example", "http://localhost:5173.evil.example"]) {
      const response = await upgrade(path(), undefined, {
        Origin,
        "Sec-WebSocket-Protocol": `${subprotocol}, ticket.${ticket}`,
      });
      expect(response.webSocket).toBeNull();
      await problemOf(response, "forbidden");
    }
    await helloOf(await withTicket(path(), ticket));
  });
});

test("[TK1] a ticket is that of one user: nobody else's id beside its secret opens anything", async () => {
  const eve = await person("eve");
  const ticket = await ticketOf(ann);
  await problemOf(
    await withTicket("/v1/realtime", `${eve.userId}.${ticket.split(".")[1]}`),
    "unauthenticated",
  );
});

test("[TK1] a socket that a ticket opened does what its session may, and ends with it", async () => {
  const phone = await session(ann);
  const response = await withTicket("/v1/realtime", await ticketOf(phone));
  const socket = new TestSocket(response.webSocket!);
  expect(await socket.ask("messageCreate", { content: "hi" }, channelId)).toMatchObject({
    type: "ack",
    data: { message: { authorId: ann.userId } },
  });
  await phone.call("POST", "/v1/auth/logout");
  expect((await socket.closed).code).toBe(4401);
});

test("[LG9] a made-up ticket leaves nothing in the hub that it names", async () => {
  const userId = newId("usr");
  await problemOf(await withTicket("/v1/realtime", `${userId}.${"A".repeat(43)}`), "unauthenticated");
  expect(await hubTables(userId)).toEqual([]);
});
