import { expect, expectTypeOf, test } from "vitest";
import {
  createClient,
  createMessage,
  type EventEnvelope,
  getChannelEvents,
  getChannelMessages,
  getMe,
  getMembers,
  getMessage,
  getSessions,
  getUsers,
  joinChannel,
  type Message,
  removeReaction,
  type User,
} from "../../../src/client/index.ts";
import * as contract from "../../../src/client/contract/index.ts";
import { urlOf } from "../../../src/client/request.ts";
import { endpoints } from "../../../src/protocol/index.ts";

const channelId = "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV";

/** A server of lists with 5 items, and the queries that it received. */
function createListServer() {
  const queries: string[] = [];
  const seqs = [1, 2, 3, 4, 5].map((seq) => ({ id: `${seq}`, seq }));
  const fetch = async (input: unknown) => {
    const { pathname, searchParams } = new URL(String(input));
    queries.push(`${searchParams}`);
    const limit = Number(searchParams.get("limit") ?? 2);
    if (pathname.endsWith("/events")) {
      const events = seqs.filter(({ seq }) => seq > Number(searchParams.get("after"))).slice(0, limit);
      return Response.json({ events, seq: 5, epoch: "e", hasMore: (events.at(-1)?.seq ?? 5) < 5 });
    }
    if (pathname.endsWith("/messages")) {
      const after = searchParams.get("after");
      const before = Number(searchParams.get("before") ?? 6);
      const items =
        after === null
          ? seqs.filter(({ seq }) => seq < before).slice(-limit)
          : seqs.filter(({ seq }) => seq > Number(after)).slice(0, limit);
      const hasMoreBefore = (items[0]?.seq ?? 1) > 1;
      return Response.json({
        items,
        seq: 5,
        epoch: "e",
        hasMoreBefore,
        hasMoreAfter: (items.at(-1)?.seq ?? 5) < 5,
      });
    }
    const from = Number(searchParams.get("cursor") ?? 0);
    const nextCursor = from + limit < 5 ? `${from + limit}` : null;
    return Response.json({ items: seqs.slice(from, from + limit), nextCursor });
  };
  return {
    queries,
    client: createClient({ url: "http://server.test", fetch: fetch as typeof globalThis.fetch }),
  };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const seqsOf = async (items: AsyncIterable<{ seq: number }>): Promise<number[]> =>
  (await collect(items)).map(({ seq }) => seq);
const params = { channelId };

test("[CL9] a list is iterated over all its pages, fetched as they are consumed", async () => {
  const { client, queries } = createListServer();
  const users = client.list(getUsers, { query: { query: "a", limit: 2 } });
  expectTypeOf(users).toEqualTypeOf<AsyncGenerator<User, void, undefined>>();
  expect((await collect(users)).map(({ id }) => id)).toEqual(["1", "2", "3", "4", "5"]);
  expect(queries).toEqual(["query=a&limit=2", "query=a&limit=2&cursor=2", "query=a&limit=2&cursor=4"]);
  queries.length = 0;
  for await (const member of client.list(getMembers, { params })) if (member) break;
  expect(queries).toHaveLength(1);
});

test("[CL9] messages iterate backwards or after a seq, events forwards", async () => {
  const { client, queries } = createListServer();
  const messages = client.list(getChannelMessages, { params });
  expectTypeOf(messages).toEqualTypeOf<AsyncGenerator<Message, void, undefined>>();
  expect(await seqsOf(messages)).toEqual([5, 4, 3, 2, 1]);
  expect(await seqsOf(client.list(getChannelMessages, { params, query: { before: 4 } }))).toEqual([3, 2, 1]);
  expect(await seqsOf(client.list(getChannelMessages, { params, query: { after: 1 } }))).toEqual([
    2, 3, 4, 5,
  ]);
  const events = client.list(getChannelEvents, { params, query: { limit: 3 } });
  expectTypeOf(events).toEqualTypeOf<AsyncGenerator<EventEnvelope, void, undefined>>();
  queries.length = 0;
  expect(await seqsOf(events)).toEqual([1, 2, 3, 4, 5]);
  expect(queries).toEqual(["limit=3", "limit=3&after=3"]);
});

test("[CL9] whole pages can be iterated, and a list of one page ends", async () => {
  const { client } = createListServer();
  const pages = await collect(client.pages(getChannelMessages, { params, query: { after: 0 } }));
  expect(pages.map(({ items, epoch }) => [items.length, epoch])).toEqual([
    [2, "e"],
    [2, "e"],
    [1, "e"],
  ]);
  expect(await collect(client.pages(getSessions))).toHaveLength(1);
  expect(await collect(client.list(getSessions))).toHaveLength(2);
});

test("[CL9] every list of the contract can be iterated by its endpoint", () => {
  const paged = Object.entries(endpoints).filter(([, { query }]) => {
    const shape = (query as { shape?: object } | undefined)?.shape ?? {};
    return "cursor" in shape || "after" in shape;
  });
  expect(paged.length).toBeGreaterThan(10);
  for (const [name] of paged)
    expect([name, (contract as unknown as Record<string, { pages?: string }>)[name]?.pages]).toEqual([
      name,
      name === "getChannelMessages" ? "messages" : name === "getChannelEvents" ? "events" : "cursor",
    ]);
});

test("[CL9] other endpoints can't be iterated", () => {
  const { client } = createListServer();
  // @ts-expect-error a profile is no list
  const never = () => client.list(getMe);
  expect(never).toBeTypeOf("function");
});

test("[CL9] ids are joined by commas", () => {
  expect(urlOf("http://s", getUsers, { query: { ids: ["usr_1", "usr_2"] } })).toBe(
    "http://s/v1/users?ids=usr_1%2Cusr_2",
  );
});

test("[CL10] missing params are an error with their names, and nothing is sent", async () => {
  const { client, queries } = createListServer();
  const calls: [Promise<unknown>, string][] = [
    // @ts-expect-error params are required
    [client.call(joinChannel), "channelId"],
    [client.call(getMessage, { params: { channelId, messageId: undefined as never } }), "messageId"],
    [client.call(getMessage, { params: { channelId, messageId: "" } }), "messageId"],
    [client.call(createMessage, { params: { channelId: ".." }, body: { content: "hi" } }), "channelId"],
    [client.call(removeReaction, { params: { channelId, messageId: "m", emoji: null as never } }), "emoji"],
  ];
  for (const [call, name] of calls)
    await expect(call).rejects.toMatchObject({
      code: "validation_failed",
      message: expect.stringContaining(`params.${name}`),
      issues: [{ path: `params.${name}` }],
      mayHaveHappened: false,
    });
  expect(queries).toEqual([]);
});
