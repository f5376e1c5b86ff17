import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket as WsSocket } from "ws";

/** A page in a headless Chromium, controlled over the DevTools protocol. */
export class ChromiumPage {
  readonly #process: ChildProcess;
  readonly #directory: string;
  readonly #server: Server;
  #connection: WsSocket | undefined;
  #sessionId: string | undefined;
  #lastId = 0;
  readonly #pending = new Map<number, PromiseWithResolvers<any>>();

  private constructor(process: ChildProcess, directory: string, server: Server) {
    this.#process = process;
    this.#directory = directory;
    this.#server = server;
  }

  /** Starts Chromium with an empty page on its own origin. */
  static async start(path: string): Promise<ChromiumPage> {
    const server = createServer((_, response) => {
      response.setHeader("Content-Type", "text/html").end("<!doctype html><title>page</title>");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const directory = await mkdtemp(join(tmpdir(), "parley-chromium-"));
    const child = spawn(
      path,
      [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--remote-debugging-port=0",
        `--user-data-dir=${directory}`,
        "about:blank",
      ],
      { stdio: ["ignore", "ignore", "pipe"], detached: true },
    );
    const page = new ChromiumPage(child, directory, server);
    try {
      await page.#attach(await page.#devToolsUrl());
    } catch (error) {
      await page.stop();
      throw error;
    }
    return page;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Returns the value of an expression in the page; for a promise, its resolved value. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#call("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return result.value as T;
  }

  async stop(): Promise<void> {
    this.#connection?.close();
    this.#server.close();
    const { pid, exitCode } = this.#process;
    if (pid !== undefined && exitCode === null) {
      const exited = new Promise((resolve) => this.#process.once("exit", resolve));
      process.kill(-pid, "SIGKILL");
      await exited;
    }
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 10 });
  }

  #devToolsUrl(): Promise<string> {
    return new Promise((resolve, reject) => {
      let output = "";
      this.#process.stderr?.on("data", (chunk) => {
        output += String(chunk);
        const [, url] = /DevTools listening on (ws:\S+)/.exec(output) ?? [];
        if (url) resolve(url);
      });
      this.#process.once("exit", () => reject(new Error(`Chromium did not start:\n${output.slice(-2_000)}`)));
      this.#process.once("error", reject);
    });
  }

  async #attach(url: string): Promise<void> {
    const connection = new WsSocket(url);
    this.#connection = connection;
    connection.on("message", (data) => {
      const { id, result, error } = JSON.parse(String(data));
      if (error) this.#pending.get(id)?.reject(new Error(error.message));
      else this.#pending.get(id)?.resolve(result);
      this.#pending.delete(id);
    });
    await new Promise((resolve, reject) => connection.once("open", resolve).once("error", reject));
    const { targetId } = await this.#call("Target.createTarget", { url: this.origin });
    const { sessionId } = await this.#call("Target.attachToTarget", { targetId, flatten: true });
    this.#sessionId = sessionId;
    while ((await this.evaluate("document.title")) !== "page")
      await new Promise((resolve) => setTimeout(resolve, 50));
  }

  #call(method: string, params: object): Promise<any> {
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<any>();
    this.#pending.set(id, answer);
    this.#connection?.send(JSON.stringify({ id, method, params, sessionId: this.#sessionId }));
    return answer.promise;
  }
}
