import { afterEach, expect, test, vi } from "vitest";
import { cookieSession } from "../../../src/client/cookie-session.ts";
import { createClient } from "../../../src/client/index.ts";
import { accessTokenOf, FakeBrowser } from "./fake-browser.ts";
import { firstChannelId, nextRealtimeEvent, useFakeGateway } from "./realtime-fixture.ts";

const { fixture } = useFakeGateway();
afterEach(() => vi.unstubAllGlobals());

const sessionOf = (userId: string, sessionId: string) => {
  const accessToken = accessTokenOf(userId, sessionId);
  fixture.server.acceptedTokens.add(accessToken);
  return { tokens: { accessToken, refreshToken: "", tokenType: "Bearer" as const, expiresIn: 900 } };
};

/** Opens two tabs with the session of a user, each with a connection and a room. */
async function openTabs(userId: string) {
  const browser = new FakeBrowser();
  const opened = [1, 2].map(async () => {
    const client = createClient({ url: fixture.url, session: cookieSession() });
    await client.useSession(sessionOf(userId, "ses_1"));
    const realtime = client.connect({ unreadsEveryMs: 0, backoff: { minMs: 5, maxMs: 20 } });
    const room = realtime.subscribe(firstChannelId);
    await realtime.live();
    return { client, realtime, room };
  });
  return { browser, tabs: await Promise.all(opened) };
}

test("[BS9] another user's login closes the connection and the rooms of the other tab", async () => {
  const { tabs } = await openTabs("ann");
  const [tab, other] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
  fixture.server.sendsNoAcks = true;
  const queued = other.room.send("messageCreate", { content: "as Ann" });
  const closed = [nextRealtimeEvent(other.realtime, "closed"), nextRealtimeEvent(tab.realtime, "closed")];
  await tab.client.useSession(sessionOf("bob", "ses_2"));
  for (const event of closed) expect(await event).toMatchObject({ code: "unauthenticated" });
  await expect(queued).rejects.toMatchObject({ code: "unauthenticated" });
  const { length } = fixture.server.upgrades;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(fixture.server.upgrades).toHaveLength(length);
  expect(() => other.realtime.subscribe(firstChannelId)).toThrow("Another user");
});

test("[BS9] a renewal for the same user keeps the connection", async () => {
  const { tabs } = await openTabs("ann");
  const [tab, other] = tabs as [(typeof tabs)[0], (typeof tabs)[0]];
  await tab.client.useSession(sessionOf("ann", "ses_2"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const { realtime } of tabs) {
    expect(realtime.state).toBe("live");
    realtime.close();
  }
  expect(other.client.tokens?.accessToken).toBe(accessTokenOf("ann", "ses_1"));
});
