import { afterAll, beforeAll, expect, test } from "vitest";
import { DevServer, temporaryDirectory } from "./support/dev-server.ts";
import { waitUntil } from "./support/wait-until.ts";

const directory = temporaryDirectory();
let server: DevServer;

beforeAll(async () => {
  server = await DevServer.start(directory.path);
});
afterAll(async () => {
  await server.kill();
  directory.remove();
});

const call = async (method: string, path: string, token?: string, body?: object) => {
  const response = await fetch(server.url + path, {
    method,
    headers: {
      ...(token && { Authorization: `Bearer ${token}` }),
      ...(body && { "Content-Type": "application/json" }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json() as Promise<any>;
};

interface Person {
  name: string;
  token: string;
}

async function register(name: string): Promise<Person> {
  const body = { username: name, email: `${name}@example.com`, password: "correct horse battery" };
  return { name, token: (await call("POST", "/v1/auth/register", undefined, body)).tokens.accessToken };
}

/** Of each person. A user has at most 100 scheduled messages. */
const perPerson = 100;
const channelCount = 4;
const numbers = Array.from({ length: perPerson }, (_, nr) => nr);

/** Runs the work of each number, ten at a time. */
async function inTens(work: (nr: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < perPerson; from += 10)
    await Promise.all(numbers.slice(from, from + 10).map((nr) => work(nr)));
}

async function contentsOf(channelIds: readonly string[], { token }: Person): Promise<string[]> {
  const contents: string[] = [];
  for (const id of channelIds)
    for (let after = 0, hasMore = true; hasMore;) {
      const page = await call("GET", `/v1/channels/${id}/messages?after=${after}&limit=100`, token);
      contents.push(...page.items.map(({ content }: any) => content));
      after = page.items.at(-1)?.seq ?? after;
      hasMore = page.hasMoreAfter;
    }
  return contents;
}

async function remindersOf({ token }: Person): Promise<string[]> {
  const ids: string[] = [];
  for (let query = ""; query !== "end";) {
    const { items, nextCursor } = await call("GET", `/v1/notifications?limit=100${query}`, token);
    ids.push(
      ...items.filter(({ kind }: any) => kind === "reminder").map(({ reminderId }: any) => reminderId),
    );
    query = nextCursor ? `&cursor=${nextCursor}` : "end";
  }
  return ids;
}

test("[SM3] [RI2] 200 messages and 200 reminders due at once survive SIGKILLs", async () => {
  const [ann, bob] = [await register("ann"), await register("bob")];
  const channelIds: string[] = [];
  for (let nr = 0; nr < channelCount; nr++) {
    const { id } = await call("POST", "/v1/channels", ann.token, { name: `channel ${nr}` });
    await call("POST", `/v1/channels/${id}/join`, bob.token);
    channelIds.push(id);
  }
  const create = ({ name, token }: Person, nr: number, at: number) => {
    const [channelId, time] = [channelIds[nr % channelCount], new Date(at).toISOString()];
    return Promise.all([
      call("POST", "/v1/scheduled-messages", token, { channelId, content: `${name} ${nr}`, sendAt: time }),
      call("POST", "/v1/reminders", token, { text: `reminder ${nr}`, at: time }),
    ]);
  };
  // Of another person, to find out how long it takes here to create all of them.
  const carl = await register("carl");
  for (const id of channelIds) await call("POST", `/v1/channels/${id}/join`, carl.token);
  const startedAt = Date.now();
  await Promise.all(numbers.slice(0, 10).map((nr) => create(carl, nr, startedAt + 3_600_000)));
  const dueAt = Date.now() + 5_000 + 30 * (Date.now() - startedAt);
  for (const person of [ann, bob]) await inTens((nr) => create(person, nr, dueAt));
  const expected = [ann, bob].flatMap(({ name }) => numbers.map((nr) => `${name} ${nr}`)).toSorted();

  // Killed before they are due, and while they are sent.
  await server.kill();
  await waitUntil("the time", () => Date.now() > dueAt, 90);
  server = await DevServer.start(directory.path);
  await waitUntil("some messages", async () => (await contentsOf(channelIds, ann)).length >= 20);
  await server.kill();
  server = await DevServer.start(directory.path);
  // An empty list: every hub knows that its messages were sent, so that none is sent again.
  const isDone = async ({ token }: Person) =>
    (await call("GET", "/v1/scheduled-messages", token)).items.length === 0 &&
    (await call("GET", "/v1/reminders?state=pending", token)).items.length === 0;
  await waitUntil("all messages and reminders", async () => (await isDone(ann)) && (await isDone(bob)), 60);
  expect((await contentsOf(channelIds, bob)).toSorted()).toEqual(expected);
  for (const person of [ann, bob]) {
    const ids = await remindersOf(person);
    expect([ids.length, new Set(ids).size]).toEqual([perPerson, perPerson]);
  }
});
