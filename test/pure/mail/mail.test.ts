import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, test } from "vitest";
import { type Config, configOf } from "../../../src/config.ts";
import { isOutdatedHash } from "../../../src/domain/password-cost.ts";
import {
  inviteOfToken,
  inviteToken,
  newConfirmToken,
  newResetToken,
  readConfirmToken,
  readResetToken,
} from "../../../src/domain/mail-tokens.ts";
import { sendByCloudflare } from "../../../src/mail/drivers/cloudflare.ts";
import { sendByWebhook } from "../../../src/mail/drivers/webhook.ts";
import { MailRejected } from "../../../src/mail/mail-driver.ts";
import { plainName, renderMail } from "../../../src/mail/templates.ts";
import { testSecrets } from "../../support/test-secrets.ts";

const key = randomBytes(32).toString("base64url");
const secret = `whsec_${randomBytes(32).toString("base64")}`;
const mail = { id: "mail_1", to: "ann@parley.test", subject: "Hello", text: "Hi\n", html: "<p>Hi</p>" };
const noEnv = {} as Env;

describe("[ML4] the webhook driver", () => {
  let close = () => {};
  afterEach(() => close());

  /** Starts a receiver that answers `status`. */
  async function receive(status: number) {
    const received: { headers: IncomingHttpHeaders; body: string }[] = [];
    const server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request.setEncoding("utf8")) body += chunk;
      received.push({ headers: request.headers, body });
      response.writeHead(status, { Location: "/elsewhere" }).end();
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    close = () => server.close();
    const { port } = server.address() as AddressInfo;
    const config = { MAIL_WEBHOOK_URL: `http://127.0.0.1:${port}/`, MAIL_WEBHOOK_SECRET: secret };
    return { received, config: config as Config };
  }

  test("signs its requests so that the library of Standard Webhooks verifies them", async () => {
    const { received, config } = await receive(204);
    await sendByWebhook(noEnv, config, mail);
    const [{ headers, body }] = received as [(typeof received)[0]];
    const { id, ...data } = mail;
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({
      type: "mail",
      data: { ...data, from: null },
    });
    expect(headers["webhook-id"]).toBe(id);
    expect(() => new Webhook(secret).verify(`${body} `, headers as Record<string, string>)).toThrow();
  });

  test.each([302, 400, 410, 500])("fails for a %i, so that the mail is sent again", async (status) => {
    const { received, config } = await receive(status);
    await expect(sendByWebhook(noEnv, config, mail)).rejects.toThrow(`answered ${status}`);
    expect(received).toHaveLength(1);
  });
});

describe("[ML4] the driver of Cloudflare Email Sending", () => {
  const config = { MAIL_FROM: "noreply@parley.test", WORKSPACE_NAME: "Acme" } as Config;
  const failing = (code: string) =>
    ({
      EMAIL: {
        send: () => Promise.reject(Object.assign(new Error("ann@parley.test is blocked"), { code })),
      },
    }) as unknown as Env;

  test("sends one mail from the configured address", async () => {
    const sent: unknown[] = [];
    const env = { EMAIL: { send: async (given: unknown) => void sent.push(given) } } as unknown as Env;
    await sendByCloudflare(env, config, mail);
    const { id: _, ...fields } = mail;
    expect(sent).toEqual([{ ...fields, from: { email: "noreply@parley.test", name: "Acme" } }]);
  });

  test("gives up a blocked recipient, repeats others, and reports no address", async () => {
    const blocked = await sendByCloudflare(failing("E_RECIPIENT_SUPPRESSED"), config, mail).catch(
      (error: unknown) => error,
    );
    expect(blocked).toBeInstanceOf(MailRejected);
    const busy = await sendByCloudflare(failing("E_RATE_LIMIT_EXCEEDED"), config, mail).catch(
      (error: unknown) => error,
    );
    expect(busy).not.toBeInstanceOf(MailRejected);
    for (const error of [blocked, busy]) expect(String(error)).not.toContain("ann@");
  });
});

describe("[ML5] templates", () => {
  const hostile = [
    "Ann\r\nBcc: eve@evil.test",
    "<a href=//evil.test>Click</a>",
    "https://evil.test/login",
    "evil.test",
    "www.evil.test\u2028Subject: x",
    "eve@evil.test",
    "&lt;script&gt;",
    "x".repeat(500),
  ];

  test.each(hostile)("a display name injects no link, header or markup: %j", (name) => {
    const { subject, text, html } = renderMail("invite", "bob@parley.test", {
      workspace: "Acme",
      link: "https://acme.test/invite#token=abc",
      name,
    });
    expect(subject).toBe("Invitation to Acme");
    expect([...text.matchAll(/https?:\/\/\S+/g)].map(([url]) => url)).toEqual([
      "https://acme.test/invite#token=abc",
    ]);
    expect(text.replace("https://acme.test/invite#token=abc", "")).not.toMatch(/\S\.\S|@|[<>\r]/);
    expect([...html.matchAll(/href="([^"]*)"/g)].map(([, url]) => url)).toEqual([
      "https://acme.test/invite#token=abc",
    ]);
    expect(html).not.toMatch(/<(?!\/?(?:!doctype|html|body|p|a)\b)/);
  });

  test("names keep their letters", () => {
    expect(plainName("Dr. Zoë O'Hara-Łuk")).toBe("Dr. Zoë O'Hara-Łuk");
    expect(plainName("\u202e<>")).toBe("A user");
  });

  test("the name of the workspace is escaped, and the subject has one line", () => {
    const mailed = renderMail("passwordChanged", "a@b.test", { workspace: 'A&B <x>"\n' });
    expect(mailed.subject).not.toContain("\n");
    expect(mailed.html).toContain("A&amp;B &lt;x&gt;&quot;");
  });
});

describe("[ML2] tokens of mails", () => {
  const userId = "usr_01M8GEW3WZPY9Y08TMT4SY428K";
  const claims = { userId, credentialVersion: 3, emailKey: "ann@parley.test", expiresAt: 2_000 };

  test("are valid for their purpose, their time and their key", () => {
    const token = newResetToken(key, claims);
    expect(readResetToken(key, token, 1_999)).toEqual(claims);
    expect(readResetToken(key, token, 2_000)).toBeUndefined();
    expect(readResetToken(randomBytes(32).toString("base64url"), token, 0)).toBeUndefined();
    expect(readConfirmToken(key, token, 0)).toBeUndefined();
    const confirm = newConfirmToken(key, { kind: "address", userId, emailKey: "a", expiresAt: 9 });
    expect(readResetToken(key, confirm, 0)).toBeUndefined();
  });

  test("a change of any character makes them invalid", () => {
    const token = newResetToken(key, claims);
    for (let at = 0; at < token.length; at++) {
      const changed = `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
      // The last character of a MAC has two bits that base64url does not use; texts are compared.
      expect(readResetToken(key, changed, 0), String(at)).toBeUndefined();
    }
  });

  test("the token of an invite is bound to its id", () => {
    const [one, two] = ["inv_01M8GEW3WZPY9Y08TMT4SY428K", "inv_01M8GEW3WZPY9Y08TMT4SY428M"];
    expect(inviteOfToken(key, inviteToken(key, one))).toBe(one);
    expect(inviteOfToken(key, inviteToken(key, one).replace(one, two))).toBeUndefined();
    for (const given of ["", ".", one, `${one}.`, "x".repeat(5_000)])
      expect(inviteOfToken(key, given)).toBeUndefined();
  });
});

test("[PW3] a hash of less work is outdated, one of the same or of more is not", () => {
  const hash = (cost: string) => `$scrypt$${cost}$AAAA$AAAA`;
  expect(isOutdatedHash(hash("ln=13,r=8,p=1"))).toBe(true);
  for (const cost of ["ln=13,r=8,p=1,t=10", "ln=14,r=8,p=5", "ln=17,r=8,p=1"])
    expect(isOutdatedHash(hash(cost)), cost).toBe(false);
  expect(isOutdatedHash("")).toBe(false);
});

describe("[ML7] configuration", () => {
  const base = { ...testSecrets, ENVIRONMENT: "production" };
  const parse = (vars: object) => () => configOf({ ...base, ...vars } as unknown as Env);

  test.each([
    [{ MAIL_DRIVER: "local" }, "MAIL_DRIVER"],
    [{ MAIL_DRIVER: "cloudflare", PUBLIC_URL: "https://a.test" }, "MAIL_FROM"],
    [{ MAIL_DRIVER: "cloudflare", MAIL_FROM: "a@b.test" }, "PUBLIC_URL"],
    [{ MAIL_DRIVER: "webhook", PUBLIC_URL: "https://a.test" }, "MAIL_WEBHOOK_URL"],
    [{ MAIL_WEBHOOK_URL: "http://a.test" }, "MAIL_WEBHOOK_URL"],
    [{ MAIL_WEBHOOK_SECRET: "short" }, "MAIL_WEBHOOK_SECRET"],
    [{ MAIL_LOCAL_URL: "http://evil.test/" }, "MAIL_LOCAL_URL"],
    [{ REGISTRATION: "domain" }, "REGISTRATION_DOMAINS"],
    [{ REGISTRATION_DOMAINS: "https://x" }, "REGISTRATION_DOMAINS"],
    [{ PUBLIC_URL: "https://a.test/path" }, "PUBLIC_URL"],
  ])("%j stops the Worker at start and names %s", (vars, name) => {
    expect(parse(vars)).toThrow(name);
  });

  test("in production only the invited may register by default", async () => {
    const { mailDriver, registrationMode } = await import("../../../src/domain/registration-mode.ts");
    const config = parse({ MAIL_LOCAL_URL: "http://127.0.0.1:1/" })();
    expect([registrationMode(config), mailDriver(config)]).toEqual(["invite", undefined]);
  });
});
