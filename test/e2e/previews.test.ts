import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createClient, type ParleyClient } from "../../src/client/index.ts";
import { getPreview } from "../../src/client/contract/previews.ts";
import { png } from "../support/image-headers.ts";
import { WorkerdServer } from "./support/workerd-server.ts";

type Page = (request: IncomingMessage, response: ServerResponse) => void;

let server: WorkerdServer;
let site: Server;
let origin: string;
let client: ParleyClient;
let outside: ParleyClient;
const received: IncomingMessage[] = [];
const pages: Record<string, Page> = {};

beforeAll(async () => {
  site = createServer((request, response) => {
    received.push(request);
    const page = pages[new URL(request.url ?? "/", origin).pathname];
    if (page) page(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  server = await WorkerdServer.start({ OUTBOUND_ALLOW_LOOPBACK: "on", USER_PREVIEWS_PER_HOUR: "60" });
});
afterAll(async () => {
  await server?.remove();
  site?.closeAllConnections();
  await new Promise((resolve) => site.close(resolve));
});
let users = 0;
// New users, because each has its own budget.
beforeEach(async () => {
  received.splice(0);
  const [ann, eve] = await server.createUsers(`ann${++users}`, `eve${users}`);
  client = createClient({ url: server.url, tokens: ann!.tokens });
  outside = createClient({ url: server.url, tokens: eve!.tokens });
});

const html =
  (body: string | Buffer, type = "text/html; charset=utf-8"): Page =>
  (_, response) =>
    response.writeHead(200, { "Content-Type": type, "Set-Cookie": "tracked=1" }).end(body);
const redirect =
  (to: string, status = 302): Page =>
  (_, response) =>
    response.writeHead(status, { Location: to }).end();
const previewOf = async (path: string, as = client) =>
  (await as.call(getPreview, { query: { url: `${origin}${path}` } })).preview;

test("[LP1] a preview has the OpenGraph data of a page, and its image by this server", async () => {
  pages["/article"] = html(`<!doctype html><html><head><title>Not this</title>
    <meta property="og:title" content="Fish &amp; chips &#x1F41F;"><meta property="og:title" content="second">
    <meta property="og:description" content=" Two
      lines "><meta property="og:site_name" content="Site"><meta property="og:image" content="/i.png?a=1&amp;b=2">`);
  const picture = Buffer.from(png(40, 40));
  pages["/i.png"] = (_, response) => response.writeHead(200, { "Content-Type": "text/plain" }).end(picture);
  const preview = await previewOf("/article#part");
  expect(preview).toMatchObject({
    url: `${origin}/article`,
    title: "Fish & chips 🐟",
    description: "Two lines",
    siteName: "Site",
  });
  const image = await fetch(`${server.url}${preview?.imageUrl}`);
  expect([image.status, image.headers.get("Content-Type")]).toEqual([200, "image/png"]);
  expect(Buffer.from(await image.arrayBuffer())).toEqual(picture);
  expect(image.headers.get("Content-Security-Policy")).toBe("sandbox; default-src 'none'");
  expect(received.map(({ url }) => url)).toEqual(["/article", "/i.png?a=1&b=2"]);
  for (const { headers } of received) {
    expect(headers["user-agent"]).toBe("Parley/1 (link previews)");
    expect([headers.cookie, headers.authorization, headers.referer]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  }
});

test("[LP2] a page is fetched once for all users, and a missing preview is remembered", async () => {
  pages["/once"] = (request, response) =>
    setTimeout(() => html("<title>Once</title>")(request, response), 200);
  const both = await Promise.all([previewOf("/once"), previewOf("/once", outside), previewOf("/once#x")]);
  expect(both.map((preview) => preview?.title)).toEqual(["Once", "Once", "Once"]);
  expect((await previewOf("/once", outside))?.title).toBe("Once");
  for (let n = 0; n < 2; n++) expect(await previewOf("/nothing")).toBeNull();
  expect(received.map(({ url }) => url)).toEqual(["/once", "/nothing"]);
});

test("[LP3] hostile pages give plain text or nothing, within 5 s and 1 MiB", async () => {
  let sent = 0;
  const hostile: Record<string, [Page, string | null]> = {
    script: [html("<title><script>alert(1)</script> &lt;b&gt;</title>"), "<script>alert(1)</script> <b>"],
    nested: [html(`<title>Deep</title>${"<div>".repeat(50_000)}`), "Deep"],
    // The parser gives up before it reaches the title.
    deeper: [html(`${"<div>".repeat(50_000)}<title>Too deep</title>`), null],
    attributes: [html(`<meta ${"a=b ".repeat(20_000)}property="og:title" content="Many">`), "Many"],
    unclosed: [html("<title>Never closed"), "Never closed"],
    control: [html("<title>a\u0000\u0007\u202eb\n\n c</title>"), "a b c"],
    blank: [html("<title> \u200b\u00a0 </title>"), null],
    long: [html(`<title>${"x".repeat(100_000)}</title>`), "x".repeat(300)],
    latin: [html(Buffer.from("<title>Größe</title>", "latin1"), "text/html; charset=iso-8859-1"), "Größe"],
    meta: [
      html(Buffer.from('<meta charset="windows-1252"><title>Größe</title>', "latin1"), "text/html"),
      "Größe",
    ],
    utf16: [html(Buffer.from("\ufeff<title>Größe</title>", "utf16le"), "text/html"), "Größe"],
    wrong: [html("<title>ok</title>", "text/html; charset=no-such"), "ok"],
    broken: [
      html(Buffer.from([...Buffer.from("<title>"), 0xff, 0xfe, 0x41]), "text/html; charset=utf-8"),
      "��A",
    ],
    json: [html('{"title":"x"}', "application/json"), null],
    svg: [html("<svg><title>x</title></svg>", "image/svg+xml"), null],
    empty: [html(""), null],
    error: [(_, response) => response.writeHead(500).end("<title>x</title>"), null],
    reset: [(request) => request.socket.destroy(), null],
    huge: [
      (_, response) => {
        response.writeHead(200, { "Content-Type": "text/html" }).write("<title>Huge</title>");
        const chunk = Buffer.alloc(256 * 1024, "x");
        const more = (): void => {
          if (response.destroyed || sent > 200 * 1024 * 1024) return void response.end();
          sent += chunk.length;
          response.write(chunk, more);
        };
        more();
      },
      "Huge",
    ],
  };
  for (const [name, [page, title]] of Object.entries(hostile)) {
    pages[`/hostile/${name}`] = page;
    expect((await previewOf(`/hostile/${name}`))?.title ?? null, name).toBe(title);
  }
  expect(sent).toBeLessThan(32 * 1024 * 1024);
  pages["/slow"] = (_, response) => {
    response.writeHead(200, { "Content-Type": "text/html" }).write("<title>Slow");
    const timer = setInterval(() => response.write(" "), 200);
    response.on("close", () => clearInterval(timer));
  };
  const startedAt = performance.now();
  expect(await previewOf("/slow")).toBeNull();
  expect(performance.now() - startedAt).toBeLessThan(8_000);
  expect(server.defects).toEqual([]);
});

test("[LP4] at most 3 redirects are followed, none to a forbidden address", async () => {
  pages["/end"] = html("<title>End</title>");
  pages["/r1"] = redirect("end", 301);
  pages["/r2"] = redirect("/r1", 307);
  pages["/r3"] = redirect(`${origin}/r2`, 308);
  pages["/r4"] = redirect("/r3");
  pages["/loop"] = redirect("/loop");
  expect(await previewOf("/r3")).toMatchObject({ url: `${origin}/end`, title: "End" });
  expect(await previewOf("/r4")).toBeNull();
  expect(await previewOf("/loop")).toBeNull();
  for (const [index, to] of [
    "http://10.0.0.1/",
    "http://169.254.169.254/x",
    "file:///etc/passwd",
    "//user@x/",
  ].entries()) {
    pages[`/away${index}`] = redirect(to);
    expect(await previewOf(`/away${index}`), to).toBeNull();
  }
  for (const url of [
    "https://10.0.0.1/",
    "https://[::ffff:127.0.0.1]/",
    "https://internal/",
    "http://example.com/",
  ])
    expect((await client.call(getPreview, { query: { url } })).preview, url).toBeNull();
});

test("[LP5] only raster images of at most 5 MiB are served, by signed addresses", async () => {
  const image = async (name: string, body: Buffer) => {
    pages[`/image/${name}`] = (_, response) =>
      response.writeHead(200, { "Content-Type": "image/png" }).end(body);
    pages[`/with/${name}`] = html(`<title>t</title><meta property="og:image" content="/image/${name}">`);
    return (await previewOf(`/with/${name}`))?.imageUrl ?? "";
  };
  const large = Buffer.concat([png(8, 8), Buffer.alloc(5 * 1024 * 1024)]);
  const status = async (path: string) => (await fetch(`${server.url}${path}`)).status;
  expect(await status(await image("svg", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>")))).toBe(
    404,
  );
  expect(await status(await image("html", Buffer.from("<script>alert(1)</script>")))).toBe(404);
  expect(await status(await image("large", large))).toBe(404);
  const good = await image("good", Buffer.from(png(8, 8)));
  expect(await status(good)).toBe(200);
  const other = new URLSearchParams(good.split("?")[1]);
  other.set("url", `${origin}/image/other`);
  const later = new URLSearchParams(good.split("?")[1]);
  later.set("expires", String(Number(later.get("expires")) + 86_400));
  for (const forged of [other, later]) expect(await status(`/v1/previews/image?${forged}`)).toBe(404);
  pages["/away-image"] = html(
    '<title>t</title><meta property="og:image" content="http://169.254.169.254/a.png">',
  );
  expect((await previewOf("/away-image"))?.imageUrl).toBeNull();
  expect(received.map(({ url }) => url)).not.toContain("/image/other");
});

test("[LP6] the pages that one user has fetched are limited, what is cached is not", async () => {
  const [dan] = await server.createUsers("dan");
  const as = createClient({ url: server.url, tokens: dan!.tokens });
  const codes: unknown[] = [];
  for (let n = 0; n < 31; n++) {
    pages[`/page${n}`] = html(`<title>${n}</title>`);
    codes.push(
      await previewOf(`/page${n}`, as).then(
        (found) => found?.title,
        (error) => error.code,
      ),
    );
  }
  expect(codes).toEqual([...Array.from({ length: 30 }, (_, n) => String(n)), "rate_limited"]);
  expect((await previewOf("/page0", as))?.title).toBe("0");
});
