import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import { expect } from "vitest";
import { withFreePort } from "../../../scripts/support/free-port.ts";
import { applyLocalMigrations } from "../../../scripts/support/local-migrations.ts";
import { openMailbox, type ReceivedMail } from "../../../scripts/support/mailbox.ts";
import { repositoryRoot } from "../../../scripts/support/paths.ts";
import { createClient, type ParleyClient, type Self } from "../../../src/client/index.ts";
import { raisedCreations, raisedLimits } from "../../support/raised-limits.ts";
import { testSecrets } from "../../support/test-secrets.ts";
import { chromiumPath } from "../../e2e/support/chromium-path.ts";
import { UnreliableProxy } from "../../e2e/support/unreliable-proxy.ts";
import { webDirectoryVariable, workerFileVariable } from "./build.ts";
import { isFullScale } from "./scale.ts";

/** The password of all accounts of these tests. */
export const password = "correct horse battery staple";
/** Another one, for tests that change the password. */
export const newPassword = "seven purple lanterns drift";

/** An account and a client that is logged in to it: tests use it to act as a user who has no open page. */
export interface Person {
  me: Self;
  client: ParleyClient;
}

interface WebAppOptions {
  /** The host name of the address. Passkeys need `localhost`, since they belong to no IP address. */
  host?: "127.0.0.1" | "localhost";
  /** Whether the server sends mail, which `linkMailedTo` reads. */
  sendsMail?: boolean;
  /**
   * Whether pages have a service worker; by default only at full scale. It takes a fifth of a test's time, since each new browser stores all files
   * of the page.
   */
  hasServiceWorker?: boolean;
}

/**
 * The product as `wrangler dev` serves it, with the web client as it is deployed, behind a proxy with a fixed address: the server can be killed
 * and started again while pages are open. With it, a Chromium.
 */
export class WebApp {
  readonly #directory: string;
  readonly #proxy: UnreliableProxy;
  /** The port of the present server process, which the proxy reads for each connection. */
  readonly #port: { value: number };
  readonly #vars: Record<string, string>;
  readonly #browser: Browser;
  #server: ChildProcess | undefined;
  readonly #contextOptions: BrowserContextOptions;
  #people = 0;
  /** Policy violations, exceptions and console errors of all pages: they must stay empty. */
  readonly problems: string[] = [];
  /** The directory of the web client that the next start of the server serves. */
  webDirectory = process.env[webDirectoryVariable] ?? "";
  output = "";
  /** The address of the web client. */
  readonly url: string;
  readonly #mails: ReceivedMail[] = [];
  /** The browsers that store their profiles. */
  readonly #persistent: BrowserContext[] = [];
  #closeMailbox = (): void => {};

  private constructor(
    directory: string,
    { proxy, port, url }: { proxy: UnreliableProxy; port: { value: number }; url: string },
    vars: Record<string, string>,
    browser: Browser,
    contextOptions: BrowserContextOptions,
  ) {
    this.#directory = directory;
    this.#proxy = proxy;
    this.#port = port;
    this.url = url;
    this.#vars = vars;
    this.#browser = browser;
    this.#contextOptions = contextOptions;
  }

  /** Starts server and browser. `vars` override the Worker's. */
  static async start(
    vars: Record<string, string> = {},
    { host = "127.0.0.1", sendsMail = false, hasServiceWorker = isFullScale }: WebAppOptions = {},
  ): Promise<WebApp> {
    const port = { value: 0 };
    const proxy = await UnreliableProxy.listen(() => port.value, Math.random);
    proxy.stabilize();
    const url = proxy.url.replace("127.0.0.1", host);
    const directory = await mkdtemp(join(tmpdir(), "parley-app-"));
    await applyLocalMigrations(directory);
    const browser = await chromium.launch(browserOptions());
    const app = new WebApp(directory, { proxy, port, url }, { PUBLIC_URL: url, ...vars }, browser, {
      ...contextOptions,
      serviceWorkers: hasServiceWorker ? "allow" : "block",
    });
    if (sendsMail) await app.#receiveMails();
    await app.startServer();
    return app;
  }

  async #receiveMails(): Promise<void> {
    const mailbox = await openMailbox(join(this.#directory, "mails"), (mail) => this.#mails.push(mail));
    this.#closeMailbox = mailbox.close;
    Object.assign(this.#vars, { MAIL_DRIVER: "local", MAIL_LOCAL_URL: mailbox.url });
  }

  /** Waits for a mail to an address whose link leads to a page, and returns the link. Each mail is returned once. */
  async linkMailedTo(address: string, to: "invite" | "confirm-email" | "reset-password"): Promise<string> {
    const find = (): number =>
      this.#mails.findIndex((mail) => mail.to === address && mail.link?.startsWith(`${this.url}/${to}`));
    await expect.poll(find).toBeGreaterThanOrEqual(0);
    const [mail] = this.#mails.splice(find(), 1);
    return mail?.link ?? "";
  }

  /** The number of mails to an address that `linkMailedTo` has not returned. */
  mailsTo = (address: string): number => this.#mails.filter(({ to }) => to === address).length;

  /** The port of the present server process. */
  get port(): number {
    return this.#port.value;
  }

  /** Interrupts connections. */
  get network(): UnreliableProxy {
    return this.#proxy;
  }

  startServer(): Promise<void> {
    return withFreePort((port) => this.#startOn(port));
  }

  async #startOn(port: number): Promise<void> {
    const vars = Object.entries({ ...raisedLimits, ...raisedCreations, ...this.#vars }).flatMap(
      ([name, value]) => ["--var", `${name}:${value}`],
    );
    const server = spawn(
      process.execPath,
      [
        join(repositoryRoot, "node_modules/wrangler/bin/wrangler.js"),
        ...["dev", process.env[workerFileVariable] ?? "", "--no-bundle", "--config", "wrangler.toml"],
        ...["--ip", "127.0.0.1", "--port", String(port), "--persist-to", this.#directory],
        ...["--assets", this.webDirectory, "--show-interactive-dev-session=false"],
        ...vars,
      ],
      {
        cwd: repositoryRoot,
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          ...process.env,
          ...testSecrets,
          CLOUDFLARE_CF_FETCH_ENABLED: "false",
          WRANGLER_SEND_METRICS: "false",
        },
      },
    );
    this.#server = server;
    this.#port.value = port;
    for (const stream of [server.stdout, server.stderr])
      stream?.on("data", (chunk) => (this.output += String(chunk)));
    for (const until = Date.now() + 90_000; Date.now() < until;) {
      const response = await fetch(`http://127.0.0.1:${port}/v1/health`).catch(() => undefined);
      if (response) return;
      if (server.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await this.killServer();
    throw new Error(`The server did not start:\n${this.output.slice(-2_000)}`);
  }

  /** Replaces the web client by that of another directory, as a deployment does: the files of the earlier one are gone. */
  async deploy(webDirectory: string): Promise<void> {
    this.webDirectory = webDirectory;
    await this.killServer();
    await this.startServer();
  }

  /** Sends SIGKILL to all processes of the server at once. */
  async killServer(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server?.pid || server.exitCode !== null) return;
    const gone = new Promise((resolve) => server.once("exit", resolve));
    process.kill(-server.pid, "SIGKILL");
    await gone;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#persistent.map((context) => context.close()));
    await this.#browser.close();
    await this.killServer();
    this.#closeMailbox();
    await this.#proxy.close();
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Creates an account. */
  async createPerson(name: string): Promise<Person> {
    const client = createClient({ url: this.url });
    const username = `${name.toLowerCase()}-${++this.#people}`;
    const me = await client.register({
      email: `${username}@example.com`,
      username,
      password,
      displayName: name,
    });
    return { me, client };
  }

  /** Opens a page without a session. */
  async openPage(path = "/", options: BrowserContextOptions = {}): Promise<Page> {
    return this.openTab(await this.#newContext(options), path);
  }

  async #newContext(options: BrowserContextOptions): Promise<BrowserContext> {
    return this.#watchAll(await this.#browser.newContext({ ...this.#contextOptions, ...options }));
  }

  /** Opens a page in a browser that stores its profile until the application stops: only such a browser can install a page. */
  async openPersistently(path = "/"): Promise<Page> {
    const context = await chromium.launchPersistentContext("", {
      ...this.#contextOptions,
      ...browserOptions(),
    });
    this.#persistent.push(context);
    return this.openTab(await this.#watchAll(context), path);
  }

  /** Collects the errors of all pages of a browser, also in the console, and violations of the content security policy in `problems`. */
  async #watchAll(context: BrowserContext): Promise<BrowserContext> {
    await watchPolicy(context);
    context.on("page", (page) => this.#watch(page));
    return context;
  }

  /** Opens another tab of a browser, with the session and the service worker of its other tabs. */
  async openTab(context: BrowserContext, path = "/"): Promise<Page> {
    const page = await context.newPage();
    await page.goto(this.url + path);
    return page;
  }

  #watch(page: Page): void {
    page.on("pageerror", (error) => this.problems.push(`${page.url()}: ${error.stack ?? error.message}`));
    page.on("console", (message) => {
      const text = message.text();
      // The browser logs rejected requests and lost connections, which tests cause on purpose.
      if (
        message.type() === "error" &&
        !/^(?:Failed to load resource|WebSocket connection to|An unknown error occurred when fetching the script)/.test(
          text,
        )
      )
        this.problems.push(`${page.url()}: ${text}`);
    });
  }

  /** Opens a page with a new session of a person, whose cookies are set without the form. */
  async openAs({ me }: Person, path = "/", options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.openPage("/icon.svg", options);
    const login = { login: me.username, password };
    const status = await page.evaluate(async (body) => {
      const headers = { "Content-Type": "application/json", "Parley-Session": "cookie" };
      return (await fetch("/v1/auth/login", { method: "POST", headers, body: JSON.stringify(body) })).status;
    }, login);
    expect(status).toBe(200);
    await page.goto(this.url + path);
    await page.locator(".shell").waitFor();
    return page;
  }

  /** Expects that no page had an error or violated the policy, since the last call: a problem fails only the test that caused it. */
  expectNoProblems(): void {
    expect(this.problems.splice(0)).toEqual([]);
  }
}

/** Less motion is preferred, so that nothing waits for an animation. */
const contextOptions = {
  viewport: { width: 1280, height: 800 },
  locale: "en-US",
  timezoneId: "Europe/Berlin",
  reducedMotion: "reduce",
} as const;

function browserOptions(): { executablePath: string; args: string[] } {
  if (!chromiumPath) throw new Error("There is no Chromium");
  return { executablePath: chromiumPath, args: ["--no-sandbox", "--disable-gpu"] };
}

/** Fills in and sends the login form that a page shows. */
export async function logIn(page: Page, username: string, secret = password): Promise<void> {
  await page.getByLabel(/username/i).fill(username);
  await page.getByLabel("Password", { exact: true }).fill(secret);
  await page.getByRole("button", { name: "Log in", exact: true }).click();
}

/** Logs a person in through the form that the page shows, and waits for the application. */
export async function logInAs(page: Page, { me }: Person): Promise<void> {
  await logIn(page, me.username);
  await page.locator(".shell").waitFor();
}

const watchPolicy = (context: BrowserContext): Promise<unknown> =>
  context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`csp-violation ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });

/** The list of messages, and the composer of the channel. */
export const messagesOf = (page: Page) => page.locator(".main .message-scroll");
export const composerOf = (page: Page) => page.locator(".main .composer-text");

/** Returns the texts of the messages that the page shows. */
export const shownTexts = (page: Page): Promise<string[]> =>
  messagesOf(page).locator("article .text").allTextContents();

/** Writes a message in the open channel. */
export async function write(page: Page, text: string): Promise<void> {
  await composerOf(page).fill(text);
  await composerOf(page).press("Enter");
}
