import type { BrowserContext, CDPSession, Page, Worker } from "playwright-core";
import { expect } from "vitest";
import { updateNotificationSettings } from "../../../src/client/index.ts";
import type { ReceivedPush } from "../../support/push-browser.ts";
import { PushService } from "../../support/push-service.ts";
import { waitUntil } from "../../e2e/support/wait-until.ts";
import { waitForServiceWorker, workerOf } from "./service-worker.ts";
import { logInAs, type Person, type WebApp } from "./web-app.ts";

/** The variables of a server that pushes to loopback. */
export const pushVars = {
  OUTBOUND_ALLOW_LOOPBACK: "on",
  WEB_PUSH: "on",
  VAPID_SUBJECT: "mailto:admin@example.com",
  PUSH_HOSTS: "",
};

/** A system notification that the service worker shows. */
interface ShownNotification {
  title: string;
  body: string;
  tag: string;
}

/** The parts of the service worker's global object that functions below use; the types of pages lack them. */
interface WorkerGlobals {
  registration: ServiceWorkerRegistration;
  clients: {
    matchAll(options: { type: "window"; includeUncontrolled: true }): Promise<{ focused: boolean }[]>;
    openWindow(path: string): Promise<null>;
  };
  NotificationEvent: new (type: string, init: { notification: Notification }) => Event;
  ExtendableEvent: new (type: string) => Event;
  /** What the worker would have opened in new windows after the last click. */
  openedPaths?: string[];
}

/** The part of a subscription that the fake below needs. */
interface SubscriptionInit {
  endpoint: string;
  expirationTime: null;
  keys: { p256dh: string; auth: string };
}

/**
 * A browser that permits notifications and is subscribed at a push service on loopback. Tests cannot reach the push services of vendors, so the page's
 * `PushManager` is replaced, and the DevTools protocol delivers the pushes to the real service worker.
 */
export class PushDevice {
  readonly service: PushService;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly worker: Worker;
  /** An empty page, which has the focus while no page of the application shall have it. */
  readonly #desk: Page;
  readonly #session: CDPSession;
  readonly #origin: string;
  readonly #registrationId: string;
  #received = 0;

  private constructor(
    parts: Pick<PushDevice, "service" | "context" | "page" | "worker">,
    {
      desk,
      session,
      origin,
      registrationId,
    }: { desk: Page; session: CDPSession; origin: string; registrationId: string },
  ) {
    this.service = parts.service;
    this.context = parts.context;
    this.page = parts.page;
    this.worker = parts.worker;
    this.#desk = desk;
    this.#session = session;
    this.#origin = origin;
    this.#registrationId = registrationId;
  }

  /** Opens a browser and logs a person in, at the settings of notifications. */
  static async open(app: WebApp, person: Person): Promise<PushDevice> {
    const service = await PushService.start();
    // Otherwise pushes wait while the user is active.
    await person.client.call(updateNotificationSettings, { body: { pushWhenActive: true } });
    const page = await app.openPage("/login?next=/settings/notifications", {
      permissions: ["notifications"],
    });
    const context = page.context();
    await context.addInitScript(replacePushManager, service.browser.subscription(`${service.origin}/device`));
    await page.reload();
    await logInAs(page, person);
    await waitForServiceWorker(page);
    const desk = await context.newPage();
    const session = await context.newCDPSession(desk);
    const { promise, resolve } = Promise.withResolvers<string>();
    session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const own = registrations.find(({ scopeURL, isDeleted }) => scopeURL === `${app.url}/` && !isDeleted);
      if (own) resolve(own.registrationId);
    });
    await session.send("ServiceWorker.enable");
    const registrationId = await promise;
    const worker = await workerOf(context);
    const device = new PushDevice(
      { service, context, page, worker },
      { desk, session, origin: app.url, registrationId },
    );
    await device.focus(page);
    return device;
  }

  /** Turns notifications on through the settings, which are shown. */
  async turnOn(): Promise<void> {
    await this.page.getByRole("button", { name: "Turn on" }).click();
    await this.page.getByText("They are on.").waitFor();
  }

  /** Gives a page the focus, or takes it from all pages of the application. */
  async focus(page: Page | undefined): Promise<void> {
    for (const each of this.context.pages()) {
      const session = await this.context.newCDPSession(each);
      // Playwright lets all pages have the focus at the same time.
      await session.send("Emulation.setFocusEmulationEnabled", { enabled: each === page });
      await session.detach();
      // A click gives a page the focus without bringing it to the front, so that the last page would not take it back.
      await each.bringToFront();
    }
    await (page ?? this.#desk).bringToFront();
    await waitUntil("the focus", async () => (await this.#hasFocus()) === (page !== undefined));
  }

  /** Whether the service worker sees a page of its origin that has the focus. */
  #hasFocus(): Promise<boolean> {
    return this.worker.evaluate(async () => {
      const { clients } = self as unknown as WorkerGlobals;
      const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
      return pages.some(({ focused }) => focused);
    });
  }

  /** Returns the next push that the push service has received. */
  async nextPush(): Promise<ReceivedPush> {
    await waitUntil("a push", () => this.service.pushes.length > this.#received);
    return this.service.pushes[this.#received++] as ReceivedPush;
  }

  /** Hands a push to the service worker, as the browser does. */
  async deliver({ text }: Pick<ReceivedPush, "text">): Promise<void> {
    await this.#session.send("ServiceWorker.deliverPushMessage", {
      origin: this.#origin,
      registrationId: this.#registrationId,
      data: text,
    });
  }

  /** Delivers pushes in their order, up to one whose content has these fields, which is returned. */
  async deliverUntil(fields: Record<string, unknown>): Promise<ReceivedPush> {
    for (;;) {
      const push = await this.nextPush();
      await this.deliver(push);
      const payload = push.payload as unknown as Record<string, unknown>;
      if (Object.entries(fields).every(([name, value]) => payload[name] === value)) return push;
    }
  }

  /** Returns the notifications that are shown. */
  shown(): Promise<ShownNotification[]> {
    return this.worker.evaluate(async () => {
      const { registration } = self as unknown as WorkerGlobals;
      const all = await registration.getNotifications();
      return all.map(({ title, body, tag }) => ({ title, body, tag }));
    });
  }

  /**
   * Dispatches a click on the notification that is shown. Nothing but the operating system can click one, so that the event is not trusted: it
   * gives the worker no right to open or focus a window. What the worker would open is returned by `openedPaths`.
   */
  async click(): Promise<void> {
    await this.worker.evaluate(async () => {
      const scope = self as unknown as WorkerGlobals;
      scope.openedPaths = [];
      scope.clients.openWindow = (path) => {
        scope.openedPaths?.push(path);
        return Promise.resolve(null);
      };
      const [notification] = await scope.registration.getNotifications();
      if (!notification) throw new Error("No notification is shown");
      dispatchEvent(new scope.NotificationEvent("notificationclick", { notification }));
    });
  }

  /**
   * Replaces the subscription by one with another path of the push service, as a browser may at any time. The event is not trusted, as that of
   * `click`; the browser gives no other way to dispatch it.
   */
  async replaceSubscription(path: string): Promise<void> {
    await this.worker.evaluate(
      (init) => {
        const { ExtendableEvent } = self as unknown as WorkerGlobals;
        const event = new ExtendableEvent("pushsubscriptionchange");
        dispatchEvent(Object.assign(event, { newSubscription: { toJSON: () => init } }));
      },
      this.service.browser.subscription(this.service.origin + path),
    );
  }

  /** Returns the paths that the worker would have opened in new windows after the last click. */
  openedPaths(): Promise<string[]> {
    return this.worker.evaluate(() => (self as unknown as WorkerGlobals).openedPaths ?? []);
  }

  /** Expects that notifications with these titles and texts are shown, in the end. */
  async expectShown(expected: readonly Partial<ShownNotification>[]): Promise<void> {
    // A headless Chromium closes notifications after about 25 s.
    const shown = expect.poll(() => this.shown(), { timeout: 15_000 });
    await shown.toEqual(expected.map((fields) => expect.objectContaining(fields)));
  }

  async close(): Promise<void> {
    await this.context.close();
    this.service.stop();
  }
}

/** Replaces the page's `PushManager` by one whose subscription leads to a push service on loopback. Runs in the page. */
function replacePushManager(init: SubscriptionInit): void {
  const key = "test.push-subscription";
  const subscription = {
    endpoint: init.endpoint,
    toJSON: () => init,
    unsubscribe: () => {
      localStorage.removeItem(key);
      return Promise.resolve(true);
    },
  } as unknown as PushSubscription;
  PushManager.prototype.subscribe = (options) => {
    localStorage.setItem(key, String(options?.applicationServerKey));
    return Promise.resolve(subscription);
  };
  PushManager.prototype.getSubscription = () =>
    Promise.resolve(localStorage.getItem(key) === null ? null : subscription);
}

/** Returns the key with which the browser of a page is subscribed; null if it is not. */
export const subscribedKey = (page: Page): Promise<string | null> =>
  page.evaluate(() => localStorage.getItem("test.push-subscription"));
