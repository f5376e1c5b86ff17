import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { chromiumPath } from "./chromium-path.ts";

/** The globals of the test's pages: the client library as an application bundles it. */
export type ClientPage = { parley: typeof import("../../../src/client/index.ts") };

/** Chromium, and an origin that serves a page with the client library as `parley`. */
export class ClientBrowser {
  readonly origin: string;
  readonly #browser: Browser;
  readonly #server: Server;

  private constructor(origin: string, browser: Browser, server: Server) {
    this.origin = origin;
    this.#browser = browser;
    this.#server = server;
  }

  static async start(): Promise<ClientBrowser> {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL("../../../src/client/index.ts", import.meta.url))],
      bundle: true,
      format: "iife",
      globalName: "parley",
      write: false,
    });
    const script = outputFiles[0]?.text ?? "";
    const server = createServer((request, response) => {
      const isScript = request.url === "/parley.js";
      response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
      response.end(
        isScript ? script : `<!doctype html><title>Client</title><script src="/parley.js"></script>`,
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const executablePath = chromiumPath ?? "";
    return new ClientBrowser(
      origin,
      await chromium.launch({ executablePath, args: ["--no-sandbox"] }),
      server,
    );
  }

  /** Opens pages in one profile, which share `localStorage` as tabs do. */
  async tabs(count: number): Promise<Page[]> {
    const context = await this.#browser.newContext();
    return Promise.all(
      Array.from({ length: count }, async () => {
        const page = await context.newPage();
        await page.goto(this.origin);
        return page;
      }),
    );
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
