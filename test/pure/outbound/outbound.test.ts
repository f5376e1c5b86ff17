import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { once } from "node:events";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Config, configOf } from "../../../src/config.ts";
import {
  checkOutboundUrl,
  fetchOutbound,
  isPublicAddress,
  newWebhookSecret,
  OutboundError,
  type OutboundPolicy,
  standardWebhookHeaders,
} from "../../../src/outbound/index.ts";
import { requirePublicHost } from "../../../src/outbound/resolve-host.ts";
import { privateUrls } from "../../support/private-addresses.ts";
import { testSecrets } from "../../support/test-secrets.ts";

const configWith = (variables: Record<string, string>): Config =>
  configOf({ ...testSecrets, ...variables } as unknown as Env);

const codeOf = async (attempt: () => unknown): Promise<string | undefined> => {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    return error instanceof OutboundError ? error.code : String(error);
  }
};

/** A listener on loopback that must not be reached. */
let canary: Server;
let port: number;
let connections = 0;
/** The only reason to reject a URL is its address: the port of the canary is permitted. */
let production: OutboundPolicy;

beforeAll(async () => {
  canary = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  canary.listen(0);
  await once(canary, "listening");
  ({ port } = canary.address() as AddressInfo);
  production = configWith({
    ENVIRONMENT: "production",
    SETUP_TOKEN: "setup-token-of-tests",
    OUTBOUND_PORTS: `443,${port}`,
    PUBLIC_URL: "https://chat.parley.dev",
    OUTBOUND_DENIED_HOSTS: "ops.dev",
  });
});
beforeEach(() => {
  connections = 0;
});
afterAll(() => {
  canary.close();
});

describe("[WH10] addresses that a URL may lead to", () => {
  test("[WH10] over 200 spellings of private addresses are rejected and send nothing", async () => {
    const spellings = privateUrls(port);
    expect(spellings.length).toBeGreaterThan(200);
    const accepted: string[] = [];
    for (const url of spellings) {
      const code = await codeOf(() => fetchOutbound(production, { url, timeoutMs: 500 }));
      if (code !== "invalid_url" && code !== "forbidden_url") accepted.push(`${url} ${code}`);
    }
    expect(accepted).toEqual([]);
    expect(connections).toBe(0);
  });

  test.each([
    "https://hooks.zapier.com/hooks/catch/1",
    "https://example.org/",
    "https://example.org:443/a?b#c",
    "https://EXAMPLE.org./",
    "https://bücher.de/",
    "https://xn--bcher-kva.xn--p1ai/",
    "https://1.1.1.1/",
    "https://8.8.8.8.nip.io/",
    "https://[2606:4700:4700::1111]/",
    "https://172.32.0.1/",
    "https://11.0.0.1/",
  ])("[WH10] %s is accepted in production", (url) => {
    expect(checkOutboundUrl(production, url)).toBeInstanceOf(URL);
  });

  test.each([
    "https://chat.parley.dev/v1/x",
    "https://CHAT.parley.dev./",
    "https://a.chat.parley.dev/",
    "https://ops.dev/",
    "https://x.ops.dev/",
  ])("[WH10] %s, a host of the operator, is rejected", (url) => {
    expect(() => checkOutboundUrl(production, url)).toThrow("this server");
  });

  test("[WH10] other ports and overlong URLs are rejected", () => {
    expect(() => checkOutboundUrl(production, "https://example.org:25/")).toThrow("ports");
    expect(() => checkOutboundUrl(production, `https://example.org/${"a".repeat(2_048)}`)).toThrow("2048");
  });

  test("[WH10] loopback is permitted by the variable, on a local server alone", async () => {
    const local = configWith({ ENVIRONMENT: "local", OUTBOUND_ALLOW_LOOPBACK: "on" });
    for (const host of ["localhost", "127.0.0.1", "[::1]", "127.1"])
      expect(checkOutboundUrl(local, `http://${host}:${port}/`).port).toBe(String(port));
    expect(() => checkOutboundUrl(local, "http://10.0.0.1/")).toThrow("https");
    expect(() => checkOutboundUrl(local, "https://169.254.169.254/")).toThrow("private");
    expect(() => checkOutboundUrl(local, "ftp://127.0.0.1/")).toThrow("https");
    expect(() => checkOutboundUrl(configWith({ ENVIRONMENT: "local" }), `http://127.0.0.1:${port}/`)).toThrow(
      "https",
    );
    expect(() => configWith({ ENVIRONMENT: "production", OUTBOUND_ALLOW_LOOPBACK: "on" })).toThrow(
      "OUTBOUND_ALLOW_LOOPBACK",
    );
  });

  test("[WH10] a text that is no address is not public", () => {
    for (const text of ["", "1.2.3", "0x7f.1", "example.org", "fe80::1%eth0", "2606:4700::1%eth0", "::g"])
      expect(isPublicAddress(text), text).toBe(false);
  });
});

describe("[WH10] names", () => {
  const answers: Record<string, { A?: string[]; AAAA?: string[] }> = {
    "public.parley.dev": { A: ["93.184.215.14"], AAAA: ["2606:2800:21f:cb07::1"] },
    "private.parley.dev": { A: ["127.0.0.1"] },
    "mixed.parley.dev": { A: ["93.184.215.14", "10.0.0.1"] },
    "mapped.parley.dev": { A: ["93.184.215.14"], AAAA: ["::ffff:127.0.0.1"] },
    "metadata.parley.dev": { A: ["169.254.169.254"] },
    "none.parley.dev": {},
  };
  const resolver = createHttpServer((request, response): unknown => {
    const { searchParams } = new URL(request.url ?? "", "http://resolver");
    const [name, type] = [searchParams.get("name") ?? "", searchParams.get("type") as "A" | "AAAA"];
    if (name === "broken.parley.dev") return response.writeHead(500).end();
    const Answer = (answers[name]?.[type] ?? []).map((data) => ({ name, type: type === "A" ? 1 : 28, data }));
    return response.end(
      JSON.stringify({ Status: 0, Answer: [{ name, type: 5, data: "alias.parley.dev." }, ...Answer] }),
    );
  });
  let policy: OutboundPolicy;
  beforeAll(async () => {
    resolver.listen(0, "127.0.0.1");
    await once(resolver, "listening");
    const OUTBOUND_DNS_URL = `http://127.0.0.1:${(resolver.address() as AddressInfo).port}/dns-query`;
    policy = { ...production, PUBLIC_URL: undefined, OUTBOUND_DNS_URL };
  });
  afterAll(() => {
    resolver.close();
  });

  test.each([
    ["private.parley.dev", "forbidden_url"],
    ["mixed.parley.dev", "forbidden_url"],
    ["mapped.parley.dev", "forbidden_url"],
    ["metadata.parley.dev", "forbidden_url"],
    ["none.parley.dev", "unknown_host"],
    ["broken.parley.dev", "resolver_failed"],
  ])("[WH10] a request to %s fails with %s", async (name, code) => {
    expect(await codeOf(() => fetchOutbound(policy, { url: `https://${name}:${port}/` }))).toBe(code);
    expect(connections).toBe(0);
  });

  test("[WH10] a name with public addresses alone passes the check", async () => {
    await requirePublicHost(policy, new URL(`https://public.parley.dev:${port}/`));
  });
});

describe("[WH11] the request", () => {
  const local = configWith({ ENVIRONMENT: "local", OUTBOUND_ALLOW_LOOPBACK: "on" });
  const receiver = createHttpServer((request, response): unknown => {
    if (request.url === "/redirect")
      return response.writeHead(307, { Location: `http://127.0.0.1:${port}/` }).end();
    if (request.url === "/large") return response.end("x".repeat(300_000));
    if (request.url === "/slow") {
      const timer = setInterval(() => response.write("x"), 20);
      return response.on("close", () => clearInterval(timer));
    }
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    return request.on("end", () =>
      response.writeHead(201).end(`${request.method} ${request.headers["x-a"]} ${body}`),
    );
  });
  let base: string;
  beforeAll(async () => {
    receiver.listen(0, "127.0.0.1");
    await once(receiver, "listening");
    base = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    receiver.close();
    receiver.closeAllConnections();
  });

  test("[WH11] is sent with its headers and body", async () => {
    const { status, bytes, isTruncated } = await fetchOutbound(local, {
      url: `${base}/`,
      headers: { "X-A": "b" },
      body: "content",
    });
    expect([status, new TextDecoder().decode(bytes), isTruncated]).toEqual([201, "POST b content", false]);
  });

  test("[WH11] follows no redirection", async () => {
    const { status } = await fetchOutbound(local, { url: `${base}/redirect`, body: "x" });
    expect([status, connections]).toEqual([307, 0]);
  });

  test("[WH11] reads at most 64 KiB of the response", async () => {
    const { bytes, isTruncated } = await fetchOutbound(local, { url: `${base}/large`, method: "GET" });
    expect([bytes.byteLength, isTruncated]).toEqual([65_536, true]);
  });

  test("[WH11] ends when the time is up, although bytes arrive", async () => {
    const begun = Date.now();
    expect(await codeOf(() => fetchOutbound(local, { url: `${base}/slow`, timeoutMs: 300 }))).toBe("timeout");
    expect(Date.now() - begun).toBeLessThan(5_000);
  });

  test("[WH11] to a closed port fails without the URL in the message", async () => {
    const attempt = fetchOutbound(local, { url: "http://127.0.0.1:1/secret-path" });
    await expect(attempt).rejects.toThrow(/^The receiver could not be reached$/);
  });
});

describe("[WH4] signatures", () => {
  const body = JSON.stringify({ type: "messageCreate", data: { content: "Grüße 👋" } });
  const signed = (secrets: string[], nowMs = Date.now()) =>
    standardWebhookHeaders(secrets, { id: "whd_1", body, nowMs });

  test("[WH4] are verified by standardwebhooks, with either secret during a rotation", () => {
    const [next, former] = [newWebhookSecret(), newWebhookSecret()];
    for (const secret of [next, former])
      expect(new Webhook(secret).verify(body, signed([next, former]))).toEqual(JSON.parse(body));
    expect(() => new Webhook(newWebhookSecret()).verify(body, signed([next, former]))).toThrow("signature");
  });

  test("[WH4] a changed byte, another id and a skew of 6 minutes are rejected", () => {
    const secret = newWebhookSecret();
    const subscription = new Webhook(secret);
    expect(() =>
      subscription.verify(body.replace("messageCreate", "messageCreatf"), signed([secret])),
    ).toThrow();
    expect(() => subscription.verify(body, { ...signed([secret]), "webhook-id": "whd_2" })).toThrow();
    for (const skewMs of [-360_000, 360_000])
      expect(() => subscription.verify(body, signed([secret], Date.now() + skewMs))).toThrow("timestamp");
  });
});
