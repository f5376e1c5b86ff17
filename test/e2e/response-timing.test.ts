import { Agent, request } from "node:http";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { newId } from "../../src/lib/ids.ts";
import { subprotocol } from "../../src/protocol/index.ts";
import { expectAlike, isFullTiming, measure, measurementTimeoutMs } from "./support/timing.ts";
import { type TestUser, WorkerdServer } from "./support/workerd-server.ts";

vi.setConfig({ testTimeout: measurementTimeoutMs });

const messagesInChannel = isFullTiming ? 300 : 100;

let server: WorkerdServer;
let ann: TestUser, eve: TestUser;
let hidden: { channelId: string; messageId: string; fileId: string };
let ownId: string;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

beforeAll(async () => {
  server = await WorkerdServer.start({
    // One name is toggled more often than a person would.
    TOGGLE_BURST: "100000",
    SOCKET_COMMANDS_PER_SECOND: "100000",
    SOCKET_COMMANDS_BURST: "100000",
    SOCKET_INVALID_FRAMES_PER_MINUTE: "100000",
    SOCKET_REJECTIONS_PER_MINUTE: "100000",
    // Nothing listens there: mails are queued, and their delivery fails.
    MAIL_LOCAL_URL: "http://127.0.0.1:9/",
    MAIL_ACCOUNT_PER_HOUR: "100000",
    MAIL_ADDRESS_PER_HOUR: "100000",
  });
  const people = await server.createUsers("ann", "bob", "eve");
  [ann, , eve] = people as [TestUser, TestUser, TestUser];
  hidden = await direct(ann, people[1]!);
  await ask(ann, "POST", "/v1/channels", { name: "layoffs", isPrivate: true });
  ownId = (await ask(eve, "POST", "/v1/channels", { name: "eve's own" })).body.id;
}, 120_000);
afterAll(async () => {
  agent.destroy();
  await server.remove();
});

/** Opens a direct message of these two users with a message and a file. */
async function direct(one: TestUser, other: TestUser) {
  const { body: channel } = await ask(one, "POST", "/v1/dms", { userIds: [other.userId] });
  const at = `/v1/channels/${channel.id}/messages`;
  const { body: file } = await ask(one, "POST", "/v1/files?name=a.json", { a: 1 });
  const { body: root } = await ask(one, "POST", at, { content: "hello", fileIds: [file.id] });
  await ask(one, "PUT", `${at}/${root.id}/pin`);
  for (let count = 1; count < messagesInChannel; count++)
    await ask(one, "POST", count % 2 ? at : `${at}/${root.id}/thread`, { content: `message ${count}` });
  return { channelId: channel.id as string, messageId: root.id as string, fileId: file.id as string };
}

interface Answer {
  status: number;
  body: any;
  ms: number;
}

function ask(
  who: TestUser,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const json = body && JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const sent = request(
      `${server.url}${path}`,
      {
        method,
        // A rejected upgrade ends its connection.
        agent: headers["Upgrade"] ? false : agent,
        headers: {
          Authorization: `Bearer ${who.tokens.accessToken}`,
          ...(json && { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(json) }),
          ...headers,
        },
      },
      async (response) => {
        let text = "";
        for await (const chunk of response) text += chunk;
        const ms = performance.now() - began;
        const isJson = response.headers["content-type"]?.includes("json") === true;
        resolve({ status: response.statusCode ?? 0, body: isJson ? JSON.parse(text) : undefined, ms });
      },
    );
    sent.once("error", reject);
    sent.end(json);
  });
}

type Ids = { channelId: string; messageId: string; fileId: string };
type RequestTuple = [method: string, path: string, body?: object, headers?: Record<string, string>];

const missing = (): Ids => ({ channelId: newId("chn"), messageId: newId("msg"), fileId: newId("fil") });
const content = { content: "x" };
const upgrade = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
  "Sec-WebSocket-Protocol": subprotocol,
};

const below =
  (path: string, method = "GET", body?: object) =>
  ({ channelId, messageId }: Ids): RequestTuple => [
    method,
    `/v1/channels/${channelId}${path.replace(":messageId", messageId)}`,
    body,
  ];

const requests: Record<string, (ids: Ids) => RequestTuple> = {
  channel: below(""),
  messages: below("/messages"),
  "messages after 0": below("/messages?after=0&limit=100"),
  "messages after the last": below("/messages?after=1000"),
  message: below("/messages/:messageId"),
  history: below("/messages/:messageId/history"),
  thread: below("/messages/:messageId/thread?limit=100"),
  reactions: below("/messages/:messageId/reactions"),
  pins: below("/pins"),
  members: below("/members"),
  events: below("/events?limit=100"),
  upgrade: ({ channelId }) => ["GET", `/v1/channels/${channelId}/realtime`, undefined, upgrade],
  send: below("/messages", "POST", content),
  reply: below("/messages/:messageId/thread", "POST", content),
  edit: below("/messages/:messageId", "PATCH", content),
  react: below(`/messages/:messageId/reactions/${encodeURIComponent("👍")}`, "PUT"),
  read: below("/read", "PUT", { seq: 1 }),
  join: below("/join", "POST"),
  rename: below("", "PATCH", { name: "other" }),
  "file metadata": ({ fileId }) => ["GET", `/v1/files/${fileId}`],
  "file content": ({ fileId }) => ["GET", `/v1/files/${fileId}/content`],
  "file range": ({ fileId }) => ["GET", `/v1/files/${fileId}/content`, undefined, { Range: "bytes=0-1" }],
  "file deletion": ({ fileId }) => ["DELETE", `/v1/files/${fileId}`],
  "search in": ({ channelId }) => ["GET", `/v1/search/messages?q=hello%20in:${channelId}`],
};

test.each(Object.entries(requests))(
  "[RD2] the duration of `%s` does not distinguish a hidden channel",
  async (name, sent) => {
    const once = async (ids: Ids) => {
      const [method, path, body, headers] = sent(ids);
      const { status, ms } = await ask(eve, method, path, body, headers);
      expect([name, status]).toEqual([name, name === "search in" ? 400 : 404]);
      return ms;
    };
    expectAlike(
      name,
      await measure(
        () => once(hidden),
        () => once(missing()),
      ),
    );
  },
);

test("[RD2] nor does that of a hidden channel's message under one's own channel", async () => {
  for (const path of ["", "/history", "/thread?limit=100", "/reactions"]) {
    const once = async ({ messageId }: Ids) => {
      const { status, ms } = await ask(eve, "GET", `/v1/channels/${ownId}/messages/${messageId}${path}`);
      expect([path, status]).toEqual([path, 404]);
      return ms;
    };
    expectAlike(
      `message ${path} elsewhere`,
      await measure(
        () => once(hidden),
        () => once(missing()),
      ),
    );
  }
});

test("[RD2] [GW2] nor does that of frames on the gateway socket", async () => {
  const ws = new WebSocket(`${server.url.replace("http", "ws")}/v1/realtime`, [subprotocol], {
    headers: { Authorization: `Bearer ${eve.tokens.accessToken}` },
  });
  await once(ws, "message");
  for (const [type, data] of [
    ["subscribe", {}],
    ["messageCreate", content],
  ] as const) {
    const frame = async ({ channelId }: Ids) => {
      const began = performance.now();
      ws.send(JSON.stringify({ id: "1", type, channelId, data }));
      const [answer] = await once(ws, "message");
      expect(String(answer)).toContain('"not_found"');
      return performance.now() - began;
    };
    expectAlike(
      `frame ${type}`,
      await measure(
        () => frame(hidden),
        () => frame(missing()),
      ),
    );
  }
  ws.terminate();
});

test("[NM3] nor does that of a rename to the name of a private channel", async () => {
  let made = 0;
  const once = async (name: string) => {
    const { status, ms } = await ask(eve, "PATCH", `/v1/channels/${ownId}`, { name });
    expect(status).toBe(200);
    // Both renames begin from a third name.
    await ask(eve, "PATCH", `/v1/channels/${ownId}`, { name: "in between" });
    return ms;
  };
  expectAlike(
    "rename",
    await measure(
      () => once("layoffs"),
      () => once(`layoff${++made % 10}`),
    ),
  );
});

test("[PW6] the duration of a forgotten password does not distinguish an unknown name", async () => {
  let made = 0;
  const once = async (login: string) => {
    const { status, ms } = await ask(eve, "POST", "/v1/auth/password/forgot", { login });
    expect(status).toBe(202);
    return ms;
  };
  expectAlike(
    "forgot",
    await measure(
      () => once(ann.username),
      () => once(`nobody${++made}`),
    ),
  );
});

test("[IH8] the duration of a request to a webhook distinguishes no wrong secret", async () => {
  const made = await ask(ann, "POST", "/v1/channels", { name: "alerts" });
  const hookAt = async () =>
    new URL((await ask(ann, "POST", `/v1/channels/${made.body.id}/webhooks`, { name: "Alerts" })).body.url).pathname;
  const [path, other] = [await hookAt(), await hookAt()];
  const [, , id = "", secret = ""] = path.split("/");
  const wrong = `${secret.slice(0, -2)}${secret.endsWith("AA") ? "QQ" : "AA"}`;
  const once = async (hookPath: string) => {
    const { status, ms } = await ask(eve, "POST", hookPath, { text: "x" });
    expect(status).toBe(404);
    return ms;
  };
  const compared: Record<string, [known: () => string, unknown: () => string]> = {
    "wrong secret": [() => `/hooks/${id}/${wrong}`, () => `/hooks/${newId("iwh")}/${wrong}`],
    "another webhook's secret": [
      () => `/hooks/${id}/${other.split("/")[3]}`,
      () => `/hooks/${newId("iwh")}/${other.split("/")[3]}`,
    ],
    "own secret of an unknown id": [() => `/hooks/${id}/${wrong}`, () => `/hooks/${newId("iwh")}/${secret}`],
    "malformed secret": [() => `/hooks/${id}/x`, () => `/hooks/${newId("iwh")}/x`],
  };
  for (const [name, [known, unknown]] of Object.entries(compared))
    expectAlike(
      `hook: ${name}`,
      await measure(
        () => once(known()),
        () => once(unknown()),
      ),
    );
}); // prettier-ignore

// A registration takes 0.1 s of scrypt or more, so this runs only with `TIMING_PAIRS=1000`.
test.runIf(isFullTiming)(
  "[IV6] the duration of a registration does not distinguish a known address",
  async () => {
    const confirming = await WorkerdServer.start({
      REGISTRATION: "domain",
      REGISTRATION_DOMAINS: "parley.test",
      MAIL_LOCAL_URL: "http://127.0.0.1:9/",
      PASSWORD_CPU_PERCENT: "100",
    });
    try {
      let made = 0;
      const once = async (email: string) => {
        const username = `person${++made}`;
        const body = JSON.stringify({ email, username, password: "correct horse battery" });
        const began = performance.now();
        const response = await fetch(`${confirming.url}/v1/auth/register`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body,
        });
        await response.text();
        expect(response.status).toBe(made === 1 ? 201 : 202);
        return performance.now() - began;
      };
      await once("owner@parley.test");
      expectAlike(
        "register",
        await measure(
          () => once("owner@parley.test"),
          () => once(`new${made}@parley.test`),
        ),
      );
    } finally {
      await confirming.remove();
    }
  },
);
