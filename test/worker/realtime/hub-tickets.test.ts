import { afterEach, describe, expect, test, vi } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { createTicket, logout } from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { connectHub, requestHubSocket } from "../../support/worker/clients/object-sockets.ts";
import { advanceClock } from "../../support/worker/fakes/clock.ts";
import { createSession, createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { evictHub, hubRows, hubStub, hubTables } from "../../support/worker/objects/hub-object.ts";

afterEach(() => void vi.useRealTimers());

const redeem = ({ userId }: TestUser, ticket: string) => hubStub(userId).redeemTicket(ticket);
const unauthenticated = { ok: false, problem: { code: "unauthenticated" } };

describe("[TK1] a ticket", () => {
  test("belongs to its user, is random, a valid subprotocol, and valid for 30 s", async () => {
    const ann = await createUser("ann");
    const { status, body, headers } = await callEndpoint(createTicket, { as: ann });
    expect([status, body.expiresIn, headers.get("Cache-Control")]).toEqual([201, 30, "no-store"]);
    expect(body.ticket).toMatch(new RegExp(`^${ann.userId}\\.[\\w-]{44}$`));
    expect((await expectOk(createTicket, { as: ann })).ticket).not.toBe(body.ticket);
  });

  test("opens one socket, as the session that requested it", async () => {
    const ann = await createUser("ann");
    const phone = await createSession(ann);
    const { ticket } = await expectOk(createTicket, { as: phone });
    await evictHub(ann.userId);
    const socket = await connectHub(ann, { ticket });
    expect(socket.seen[0]).toMatchObject({ data: { userId: ann.userId, sessionId: phone.sessionId } });
    expect(await redeem(ann, ticket)).toMatchObject(unauthenticated);
    await expectOk(logout, { as: phone });
    expect(await socket.closed).toMatchObject({ code: 4401 });
  });

  test("has one winner of twenty concurrent uses over both transports", async () => {
    const ann = await createUser("ann");
    const { ticket } = await expectOk(createTicket, { as: ann });
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, at) =>
        at % 2 ? (await redeem(ann, ticket)).ok : (await requestHubSocket(ann, { ticket })).status === 101,
      ),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  test("is valid for 30 s and no longer, also after an eviction", async () => {
    const ann = await createUser("ann");
    const [early, late] = [
      await expectOk(createTicket, { as: ann }),
      await expectOk(createTicket, { as: ann }),
    ];
    advanceClock(29_000);
    expect(await redeem(ann, early.ticket)).toMatchObject({ ok: true, value: { sessionId: ann.sessionId } });
    await evictHub(ann.userId);
    advanceClock(2_000);
    expect(await redeem(ann, late.ticket)).toMatchObject(unauthenticated);
  });

  test("is invalid once its session ended", async () => {
    const ann = await createUser("ann");
    const [stays, goes] = [await createSession(ann), await createSession(ann)];
    const [one, two] = [
      await expectOk(createTicket, { as: stays }),
      await expectOk(createTicket, { as: goes }),
    ];
    await expectOk(logout, { as: goes });
    expect((await requestHubSocket(ann, { ticket: two.ticket })).status).toBe(401);
    expect(await redeem(ann, one.ticket)).toMatchObject({ ok: true });
  });

  test("of another user, truncated or made up is rejected and uses nothing up", async () => {
    const [ann, eve] = [await createUser("ann"), await createUser("eve")];
    const { ticket } = await expectOk(createTicket, { as: ann });
    const [, secret] = ticket.split(".");
    for (const made of [
      "",
      ".",
      secret!,
      `${eve.userId}.${secret}`,
      ticket.slice(0, -1),
      `${ticket}A`,
      ticket.toLowerCase(),
      `${ann.userId}.${"A".repeat(43)}`,
      "x".repeat(100_000),
      "\0",
    ]) {
      expect(await redeem(ann, made), made.slice(0, 80)).toMatchObject(unauthenticated);
      expect((await hubStub(eve.userId).redeemTicket(made)).ok).toBe(false);
    }
    expect(await redeem(eve, ticket)).toMatchObject(unauthenticated);
    expect(await redeem(ann, ticket)).toMatchObject({ ok: true });
  });

  test("requires a session, and a hub of a made-up id stores nothing for one", async () => {
    expect(await expectRejected(createTicket)).toMatchObject({ code: "unauthenticated" });
    const userId = newId("usr");
    expect(await hubStub(userId).createTicket(newId("ses"))).toMatchObject(unauthenticated);
    expect(await hubStub(userId).redeemTicket(`${userId}.${"A".repeat(43)}`)).toMatchObject(unauthenticated);
    expect(await hubTables(userId)).toEqual([]);
  });
});

test("[ER5] only the newest 50 are valid; expired ones are deleted gradually", async () => {
  const ann = await createUser("ann");
  const tickets: string[] = [];
  for (let nr = 0; nr < 55; nr++) {
    advanceClock(1);
    tickets.push((await expectOk(createTicket, { as: ann })).ticket);
  }
  expect(await hubRows(ann.userId, "tickets")).toHaveLength(50);
  expect((await redeem(ann, tickets[4]!)).ok).toBe(false);
  expect((await redeem(ann, tickets[5]!)).ok).toBe(true);
  advanceClock(31_000);
  await expectOk(createTicket, { as: ann });
  expect(await hubRows(ann.userId, "tickets")).toHaveLength(1);
});

test("[TK2] cannot be used in its stored form", async () => {
  const ann = await createUser("ann");
  const { ticket } = await expectOk(createTicket, { as: ann });
  const [row] = await hubRows(ann.userId, "tickets");
  const text = JSON.stringify(row);
  const [, secret] = ticket.split(".");
  expect(text).not.toContain(secret!.slice(4, 24));
  for (const value of Object.values(row!))
    for (const made of [String(value), `${ann.userId}.${String(value)}`])
      expect(await redeem(ann, made)).toMatchObject(unauthenticated);
  expect((await redeem(ann, ticket)).ok).toBe(true);
});
