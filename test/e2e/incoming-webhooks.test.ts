import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { IncomingWebhook } from "@slack/webhook";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  createChannel,
  createClient,
  createIncomingWebhook,
  getChannelMessages,
  type Message,
} from "../../src/client/index.ts";
import { freePort } from "../../scripts/support/free-port.ts";
import { waitUntil } from "./support/wait-until.ts";
import { type TestUser, WorkerdServer } from "./support/workerd-server.ts";

const run = promisify(execFile);
const programMs = 30_000;
let server: WorkerdServer;
let call: ReturnType<typeof createClient>["call"];
let channelId: string;
let url: string;

beforeAll(async () => {
  server = await WorkerdServer.start({ INCOMING_WEBHOOK_BURST: "5" });
  const [ann] = (await server.createUsers("ann")) as [TestUser];
  ({ call } = createClient({ url: server.url, tokens: ann.tokens }));
  channelId = (await call(createChannel, { body: { name: "alerts" } })).id;
});
afterAll(() => server?.remove());

/** Creates a webhook, so that no test uses up the limit of another. */
async function newHook(name: string): Promise<string> {
  ({ url } = await call(createIncomingWebhook, { params: { channelId }, body: { name } }));
  return url;
}

async function findMessage(part: string): Promise<Message> {
  let found: Message | undefined;
  await waitUntil(`a message with ${part}`, async () => {
    const { items } = await call(getChannelMessages, { params: { channelId }, query: { limit: 50 } });
    found = items.find((message) => JSON.stringify([message.content, message.attachments]).includes(part));
    return found !== undefined;
  });
  return found!;
}

/** Whether a command of a Debian package is installed. */
function isInstalled(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore", timeout: programMs });
    return true;
  } catch {
    console.log(`Skipped, because the Debian package is absent: ${command} ${args.join(" ")}`);
    return false;
  }
}

test("[IH12] @slack/webhook posts text, blocks and attachments, and sees errors", async () => {
  const hook = new IncomingWebhook(await newHook("node"), { username: "Deploys", icon_emoji: ":rocket:" });
  expect(await hook.send("plain *text* & more")).toEqual({ text: "ok" });
  expect((await findMessage("plain")).sender).toEqual({ name: "Deploys", icon: ":rocket:" });
  const { text } = await hook.send({
    text: "fallback",
    blocks: [
      { type: "header", text: { type: "plain_text", text: "Build 7" } },
      { type: "section", text: { type: "mrkdwn", text: "<https://a.example|log> of *main*" } },
    ],
    attachments: [{ color: "good", fields: [{ title: "Took", value: "3 min", short: true }] }],
  });
  expect(text).toBe("ok");
  const { content, metadata, attachments } = await findMessage("Build 7");
  expect(content).toBe("**Build 7**\n\n[log](https://a.example) of **main**");
  expect(attachments).toEqual([{ color: "good", fields: [{ title: "Took", value: "3 min", short: true }] }]);
  expect(metadata).toHaveProperty("blocks");
  await expect(hook.send({ text: "" })).rejects.toMatchObject({
    code: "slack_webhook_http_error",
    statusCode: 400,
    body: "no_text",
  });
  const wrong = new IncomingWebhook(`${url.slice(0, -1)}-`);
  await expect(wrong.send("x")).rejects.toMatchObject({ statusCode: 404, body: "no_service" });
});

test("[IH12] @slack/webhook sees the limit of a webhook", async () => {
  const hook = new IncomingWebhook(await newHook("limited"));
  const sent = await Promise.allSettled(Array.from({ length: 8 }, (_, n) => hook.send(`limited ${n}`)));
  const failed = sent.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  expect(failed.length).toBeGreaterThanOrEqual(2);
  for (const error of failed) expect(error).toMatchObject({ statusCode: 429, body: "rate_limited" });
});

const alertmanager = "prometheus-alertmanager";

test.skipIf(!isInstalled(alertmanager, "--version"))(
  "[IH13] Alertmanager posts an alert by slack_configs",
  { timeout: 60_000 },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), "parley-alertmanager-"));
    const config = join(directory, "alertmanager.yml");
    const port = await freePort();
    await writeFile(
      config,
      [
        "route: { receiver: parley, group_wait: 0s, group_interval: 1s }",
        "receivers:",
        "  - name: parley",
        "    slack_configs:",
        `      - api_url: ${await newHook("alertmanager")}`,
        "        channel: '#anything'",
        "        send_resolved: true",
        "        title: '[{{ .Status | toUpper }}] {{ .CommonLabels.alertname }}'",
        "        text: '*{{ .CommonAnnotations.summary }}* <https://runbook.example/disk|runbook>'",
      ].join("\n"),
    );
    const child = spawn(
      alertmanager,
      [
        `--config.file=${config}`,
        `--storage.path=${directory}`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--cluster.listen-address=",
      ],
      { stdio: "ignore" },
    );
    try {
      const api = `http://127.0.0.1:${port}/api/v2/alerts`;
      const alert = { labels: { alertname: "DiskFull" }, annotations: { summary: "disk a&b is full" } };
      await waitUntil("Alertmanager to accept an alert", async () => {
        const answer = await fetch(api, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify([alert]),
        }).catch(() => undefined);
        return answer?.ok === true;
      });
      const { content, sender, isBot, attachments } = await findMessage("DiskFull");
      expect(content).toBe("");
      expect(attachments).toEqual([
        {
          color: "danger",
          title: "[FIRING] DiskFull",
          titleUrl: expect.stringMatching(/^http:/),
          text: "**disk a&b is full** [runbook](https://runbook.example/disk)",
          fallback: expect.stringContaining("DiskFull"),
        },
      ]);
      expect({ sender, isBot }).toMatchObject({ sender: { name: "Alertmanager" }, isBot: true });
    } finally {
      await end(child);
      await rm(directory, { recursive: true, force: true });
    }
  },
);

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

test.skipIf(!isInstalled("apprise", "--version"))(
  "[IH13] apprise posts by its Mattermost schema",
  { timeout: 60_000 },
  async () => {
    const target = new URL(await newHook("apprise"));
    const [, , id, secret] = target.pathname.split("/");
    await run("apprise", ["-t", "A title", "-b", "body of apprise", `mmost://Ops@${target.host}/${id}.${secret}`], {
      timeout: programMs,
    }); // prettier-ignore
    const { content, sender } = await findMessage("body of apprise");
    expect(content).toContain("A title");
    expect(sender?.name).toBe("Ops");
  },
);

test.skipIf(!isInstalled("ruby", "-e", 'require "slack-notifier"'))(
  "[IH13] ruby-slack-notifier posts its form",
  { timeout: 60_000 },
  async () => {
    const program = `require "slack-notifier"
      notifier = Slack::Notifier.new ARGV[0], username: "Ruby"
      answer = notifier.ping "ruby & [docs](https://docs.example) <em>", icon_emoji: ":gem:"
      print [answer].flatten.first.body`;
    const { stdout } = await run("ruby", ["-e", program, await newHook("ruby")], { timeout: programMs });
    expect(stdout).toBe("ok");
    const { content, sender } = await findMessage("ruby");
    expect(content).toContain("[docs](https://docs.example)");
    expect(sender).toEqual({ name: "Ruby", icon: ":gem:" });
  },
);

test("[IH8] no secret and no content is in the log of the server", () => {
  const secret = url.split("/").at(-1) ?? "";
  expect(server.output).toContain("/hooks/:webhookId/:secret");
  expect(server.output).not.toContain(secret);
  expect(server.output).not.toContain("disk a&b");
  expect(server.defects).toEqual([]);
});
