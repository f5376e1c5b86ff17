import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
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

interface Account {
  id: string;
  token: string;
}

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
  return response.status === 204 ? undefined : ((await response.json()) as any);
};

async function register(
  username: string,
  email: string,
  displayName: string,
): Promise<Account & { refreshToken: string }> {
  const { user, tokens } = await call("POST", "/v1/auth/register", undefined, {
    username,
    email,
    displayName,
    password: "correct horse battery staple",
  });
  return { id: user.id, token: tokens.accessToken, refreshToken: tokens.refreshToken };
}

/** Returns the files below the directory that contain one of the texts, in any case. */
function filesWith(texts: readonly string[]): string[] {
  return readdirSync(directory.path, { recursive: true, encoding: "utf8" }).flatMap((name) => {
    const path = join(directory.path, name);
    // An object that is evicted meanwhile removes its temporary files.
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return [];
    const content = readFileSync(path, "latin1").toLowerCase();
    const found = texts.filter((text) => content.includes(text.toLowerCase()));
    return found.length > 0 ? [`${name}: ${found.join(", ")}`] : [];
  });
}

async function finish(jobId: string, token: string): Promise<string> {
  let state = "";
  await waitUntil(
    `the end of ${jobId}`,
    async () => {
      const { job } = await call("GET", `/v1/jobs/${jobId}`, token);
      state = job.state;
      return state === "done" || state === "failed";
    },
    90,
  );
  return state;
}

test("[EZ5] [EZ8] no file of the state has an erased name, text or token", async () => {
  const ann = await register("ann", "ann@example.com", "Ann");
  const eve = await register("zephyrine.q", "zephyrine@quillfeather.example", "Zephyrine Quillfeather");
  const channel = await call("POST", "/v1/channels", ann.token, { name: "open" });
  const doomed = await call("POST", "/v1/channels", ann.token, {
    name: "xylographdoom",
    topic: "xylographtopic",
  });
  for (const { id } of [channel, doomed])
    await call("POST", `/v1/channels/${id}/members`, ann.token, { userId: eve.id });
  const dm = await call("POST", "/v1/dms", eve.token, { userIds: [ann.id] });
  const upload = await fetch(`${server.url}/v1/files?name=mimosaplan.txt`, {
    method: "POST",
    headers: { Authorization: `Bearer ${eve.token}`, "Content-Type": "text/plain" },
    body: "mimosabytes ".repeat(500),
  });
  const file = (await upload.json()) as { id: string };
  await call("POST", `/v1/channels/${channel.id}/messages`, eve.token, {
    content: "wolframite with a file",
    fileIds: [file.id],
  });
  // Long ones have overflow pages; edits and deletions move rows.
  for (let nr = 0; nr < 40; nr++) {
    const content = `wolframite ${nr} ${"long ".repeat(nr % 4 === 0 ? 1_200 : nr)}`;
    const message = await call("POST", `/v1/channels/${channel.id}/messages`, eve.token, { content });
    await call("POST", `/v1/channels/${channel.id}/messages`, ann.token, { content: `answer ${nr}` });
    const path = `/v1/channels/${channel.id}/messages/${message.id}`;
    if (nr % 3 === 0) await call("PATCH", path, eve.token, { content: `${content} edited wolframite` });
    if (nr % 7 === 0) await call("DELETE", path, eve.token);
  }
  await call("POST", `/v1/channels/${dm.id}/messages`, eve.token, { content: "wolframite in private" });
  await call("POST", `/v1/channels/${doomed.id}/messages`, ann.token, { content: "xylographtext" });
  await call("PUT", "/v1/users/me/status", eve.token, { custom: { text: "wolframite status" } });
  await call("PUT", `/v1/channels/${channel.id}/draft`, eve.token, { content: "wolframite draft" });
  await call("POST", "/v1/reminders", eve.token, { text: "wolframite reminder", when: "in 2 hours" });
  const sendAt = new Date(Date.now() + 3_600_000).toISOString();
  for (const content of ["wolframite later", `wolframite ${"later ".repeat(1_200)}`])
    await call("POST", "/v1/scheduled-messages", eve.token, { channelId: channel.id, content, sendAt });
  const secrets = [
    "zephyrine",
    "quillfeather",
    "wolframite",
    "mimosaplan",
    "mimosabytes",
    "xylograph",
    eve.token,
    eve.refreshToken,
  ];
  expect(filesWith(["wolframite"]).length).toBeGreaterThan(0);

  const { job: exported } = await call("POST", "/v1/users/me/export", eve.token);
  expect(await finish(exported.id, eve.token)).toBe("done");
  const { job: purged } = await call("POST", `/v1/channels/${doomed.id}/purge`, ann.token);
  const { job } = await call("POST", `/v1/users/${eve.id}/erase`, eve.token, { messages: "delete" });
  // In the middle of both jobs.
  await new Promise((resolve) => setTimeout(resolve, 150));
  await server.kill();
  server = await DevServer.start(directory.path);
  expect(await finish(job.id, ann.token)).toBe("done");
  expect(await finish(purged.id, ann.token)).toBe("done");
  await server.stop();
  expect(filesWith(secrets)).toEqual([]);

  server = await DevServer.start(directory.path);
  const { items } = await call("GET", `/v1/channels/${channel.id}/messages?limit=100`, ann.token);
  expect(items.filter(({ authorId }: any) => authorId === ann.id).length).toBeGreaterThan(20);
  expect(items.every(({ authorId, content }: any) => authorId !== eve.id || content === "")).toBe(true);
  // The name is free.
  await call("POST", "/v1/channels", ann.token, { name: "xylographdoom" });
});
