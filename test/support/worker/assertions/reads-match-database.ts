import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { channelDatabase } from "../../../../src/db/index.ts";
import { findChannel } from "../../../../src/features/channels/queries.ts";
import { pageOfMembers } from "../../../../src/features/members/queries.ts";
import { findMessage, pageOfMessages, presentMessage } from "../../../../src/features/messages/queries.ts";
import { pageOfPins } from "../../../../src/features/pins/queries.ts";
import { pageOfThread } from "../../../../src/features/threads/queries.ts";
import type { Message } from "../../../../src/protocol/index.ts";
import type { RestResponse } from "../clients/rest-client.ts";
import type { TestUser } from "../fixtures/accounts.ts";

/**
 * Asserts that what the room answers to a reader is what D1 gives, byte for byte. D1 must have the whole log
 * (`expectDatabaseMatchesLog`).
 */
export async function expectReadsMatchDatabase(reader: TestUser, channelId: string): Promise<void> {
  const db = channelDatabase(env, channelId);
  const at = `/v1/channels/${channelId}`;
  const { userId } = reader;
  const expectText = async (path: string, expected: unknown): Promise<any> => {
    const { status, text, body } = await readAgainIfUnavailable(reader, at + path);
    expect(status, text).toBe(200);
    // Only the room has the mutes of members.
    expect(text.replaceAll(/"mute":\{[^}]*\},/g, ""), path).toBe(JSON.stringify(expected));
    return body;
  };
  const page = await readAgainIfUnavailable(reader, `${at}/messages?limit=100`);
  expect(page.status, page.text).toBe(200);
  const items: Message[] = page.body.items;
  const middle = items[Math.floor(items.length / 2)]?.seq ?? 1;
  for (const query of [
    {},
    { limit: 2 },
    { before: middle, limit: 3 },
    { before: 0, limit: 3 },
    { after: middle, limit: 3 },
    { after: 0, limit: 100 },
    { around: middle, limit: 4 },
    { around: middle, limit: 1 },
  ]) {
    const params = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
    await expectText(
      `/messages?${params}`,
      await pageOfMessages(db, userId, channelId, { limit: 50, ...query }),
    );
  }
  const threads = new Set<string>();
  const stride = Math.max(1, Math.ceil(items.length / 6));
  for (const { id } of items.filter((_, index) => index % stride === 0)) {
    const found = await findMessage(db, userId, channelId, id);
    await expectText(`/messages/${id}`, presentMessage(found!.message!));
    const roots = await pageOfThread(db, userId, channelId, id, { limit: 2 });
    const { nextCursor, root } = await expectText(`/messages/${id}/thread?limit=2`, roots);
    if (threads.has(root.id)) continue;
    threads.add(root.id);
    if (nextCursor)
      await expectText(
        `/messages/${id}/thread?limit=50&cursor=${nextCursor}`,
        await pageOfThread(db, userId, channelId, id, { limit: 50, cursor: nextCursor }),
      );
    await expectText(
      `/messages/${id}/thread?limit=3&before=${middle}`,
      await pageOfThread(db, userId, channelId, id, { limit: 3, before: middle }),
    );
  }
  for (const [list, page] of [
    ["pins", (query: { limit: number; cursor?: string }) => pageOfPins(db, userId, channelId, query)],
    ["members", (query: { limit: number; cursor?: string }) => pageOfMembers(db, channelId, query)],
  ] as const)
    for (let cursor: string | null | undefined; cursor !== null;) {
      const query = { limit: 2, ...(cursor !== undefined && { cursor }) };
      const { nextCursor } = await expectText(
        `/${list}?limit=2${cursor === undefined ? "" : `&cursor=${cursor}`}`,
        await page(query),
      );
      cursor = nextCursor;
    }
  expect((await readAgainIfUnavailable(reader, at)).body).toEqual(await findChannel(db, channelId));
}

/** Reads, and repeats the read as clients do when the server answers 503: on a busy machine an object or D1 may be unreachable for a moment. */
async function readAgainIfUnavailable(reader: TestUser, path: string): Promise<RestResponse> {
  for (let attempt = 1; ; attempt++) {
    const answer = await reader.call("GET", path);
    if (answer.status !== 503 || attempt === 5) return answer;
    await scheduler.wait(1_000 * Number(answer.headers.get("Retry-After")));
  }
}
