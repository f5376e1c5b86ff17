import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { subprotocol } from "../../../src/protocol/index.ts";
import {
  createTicketFor,
  readHello,
  upgradeWithTicket,
} from "../../support/worker/clients/gateway-client.ts";
import { expectProblem } from "../../support/worker/clients/raw-requests.ts";
import { requestUpgrade, TestSocket } from "../../support/worker/clients/socket-client.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { captureLogs } from "../../support/worker/fakes/console-capture.ts";
import { createSession, createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { hubRows, hubTables } from "../../support/worker/objects/hub-object.ts";

let ann: TestUser;
let channelId = "";
beforeAll(async () => {
  ann = await createUser("ann");
  channelId = await createChannelFor(ann);
});
afterEach(() => void vi.useRealTimers());

const transports: [string, () => string][] = [
  ["the gateway socket", () => "/v1/realtime"],
  ["a room's own socket", () => `/v1/channels/${channelId}/realtime`],
];

describe.each(transports)("a ticket for %s", (_, path) => {
  test("[TK1] opens it as the requesting session and selects only our subprotocol", async () => {
    const phone = await createSession(ann);
    const response = await upgradeWithTicket(path(), await createTicketFor(phone));
    expect(response.headers.get("Sec-WebSocket-Protocol")).toBe(subprotocol);
    const names = [...response.headers.keys()];
    expect(names.filter((name) => name.startsWith("x-")).toSorted()).toEqual(["x-request-id"]);
    expect(await readHello(response)).toMatchObject({ userId: ann.userId, sessionId: phone.sessionId });
  });

  test("[TK1] works once: of twenty concurrent uses one succeeds", async () => {
    const ticket = await createTicketFor(ann);
    const answers = await Promise.all(Array.from({ length: 20 }, () => upgradeWithTicket(path(), ticket)));
    const won = answers.filter(({ status }) => status === 101);
    expect(won).toHaveLength(1);
    for (const answer of answers.filter((each) => !won.includes(each)))
      await expectProblem(answer, "unauthenticated");
    await readHello(won[0]!);
    await expectProblem(await upgradeWithTicket(path(), ticket), "unauthenticated");
  });

  test("[TK1] is valid for 30 s", async () => {
    const [inTime, late] = [await createTicketFor(ann), await createTicketFor(ann)];
    advanceClock(29_000);
    await readHello(await upgradeWithTicket(path(), inTime));
    advanceClock(2_000);
    await expectProblem(await upgradeWithTicket(path(), late), "unauthenticated");
  });

  test("[TK1] expires with its session", async () => {
    const phone = await createSession(ann);
    const ticket = await createTicketFor(phone);
    await phone.call("POST", "/v1/auth/logout");
    await expectProblem(await upgradeWithTicket(path(), ticket), "unauthenticated");
  });

  test("[TK1] [ER4] is never logged", async () => {
    const ticket = await createTicketFor(ann);
    const { text } = await captureLogs(async () => readHello(await upgradeWithTicket(path(), ticket)));
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
  ])("[TK1] [TK2] that is %s is rejected", async (_name, ticket) => {
    await expectProblem(await upgradeWithTicket(path(), ticket()), "unauthenticated");
  });

  test("[TK2] cannot be used in its stored form", async () => {
    const ticket = await createTicketFor(ann);
    const [row] = (await hubRows(ann.userId, "tickets")).slice(-1);
    for (const stored of Object.values(row!))
      await expectProblem(
        await upgradeWithTicket(path(), `${ann.userId}.${String(stored)}`),
        "unauthenticated",
      );
    await readHello(await upgradeWithTicket(path(), ticket));
  });

  test("[TK1] is ignored and stays unused beside a token", async () => {
    const ticket = await createTicketFor(ann);
    const both = { "Sec-WebSocket-Protocol": `ticket.${ticket}, ${subprotocol}` };
    await expectProblem(await requestUpgrade(path(), "x.y.z", both), "unauthenticated");
    await readHello(await requestUpgrade(path(), ann.token, both));
    await readHello(await upgradeWithTicket(path(), ticket));
  });

  test("[TK3] is rejected and stays unused for an origin that is not listed", async () => {
    const ticket = await createTicketFor(ann);
    for (const Origin of ["null", "https://evil.example", "http://localhost:5173.evil.example"]) {
      const response = await requestUpgrade(path(), undefined, {
        Origin,
        "Sec-WebSocket-Protocol": `${subprotocol}, ticket.${ticket}`,
      });
      expect(response.webSocket).toBeNull();
      await expectProblem(response, "forbidden");
    }
    await readHello(await upgradeWithTicket(path(), ticket));
  });
});

test("[TK1] a ticket belongs to one user: another id with its secret is rejected", async () => {
  const eve = await createUser("eve");
  const ticket = await createTicketFor(ann);
  await expectProblem(
    await upgradeWithTicket("/v1/realtime", `${eve.userId}.${ticket.split(".")[1]}`),
    "unauthenticated",
  );
});

test("[TK1] a socket opened by a ticket has its session's rights and ends with it", async () => {
  const phone = await createSession(ann);
  const response = await upgradeWithTicket("/v1/realtime", await createTicketFor(phone));
  const socket = new TestSocket(response.webSocket!);
  expect(await socket.sendCommand("messageCreate", { content: "hi" }, channelId)).toMatchObject({
    type: "ack",
    data: { message: { authorId: ann.userId } },
  });
  await phone.call("POST", "/v1/auth/logout");
  expect((await socket.closed).code).toBe(4401);
});

test("[LG9] a made-up ticket stores nothing in the hub that it names", async () => {
  const userId = newId("usr");
  await expectProblem(
    await upgradeWithTicket("/v1/realtime", `${userId}.${"A".repeat(43)}`),
    "unauthenticated",
  );
  expect(await hubTables(userId)).toEqual([]);
});
