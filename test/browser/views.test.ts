import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { repositoryRoot } from "../../scripts/support/paths.ts";
import { chromiumPath } from "../e2e/support/chromium-path.ts";
import { isFullScale } from "./support/scale.ts";
import { createTalkingWorkspace, type TalkingWorkspace } from "./support/workspace.ts";
import { WebApp } from "./support/web-app.ts";

/** `WRITE_SCREENS=yes` writes the pictures of the documentation. */
const writesScreens = process.env["WRITE_SCREENS"] === "yes";
const screens = join(repositoryRoot, "docs/screens");

/** The views, by name, with their address. Those with a picture show what the documentation describes. */
const viewsOf = ({ channelId, threadId, directId, jonas }: TalkingWorkspace): Record<string, string> => ({
  channel: `/c/${channelId}`,
  thread: `/c/${channelId}?pane=thread:${channelId}:${threadId}`,
  direct: `/c/${directId}`,
  profile: `/c/${channelId}?pane=profile:${jonas.me.id}`,
  members: `/c/${channelId}?pane=details:members`,
  about: `/c/${channelId}?pane=details:about`,
  pins: `/c/${channelId}?pane=details:pins`,
  files: `/c/${channelId}?pane=details:files`,
  activity: "/activity",
  threads: "/threads",
  saved: "/saved",
  later: "/later",
  drafts: "/drafts",
  browse: "/browse",
  people: "/people",
  search: "/search?q=release",
  ...Object.fromEntries(
    ["profile", "notifications", "appearance", "account", "security", "tokens", "shortcuts"].map((page) => [
      `settings-${page}`,
      `/settings/${page}`,
    ]),
  ),
  ...Object.fromEntries(
    [
      "people",
      "invites",
      "groups",
      "roles",
      "settings",
      "channels",
      "emoji",
      "bots",
      "webhooks",
      "subscriptions",
      "commands",
      "server-keys",
      "audit",
      "storage",
      "health",
      "jobs",
    ].map((page) => [`admin-${page}`, `/admin/${page}`]),
  ),
});

const pictured: ReadonlySet<string> = new Set([
  "channel",
  "thread",
  "activity",
  "search",
  "people",
  "settings-security",
  "admin-people",
]);

/** Views with every kind of element: lists, a pane, forms, a table. They are always checked, the others at full scale. */
const alwaysChecked: ReadonlySet<string> = new Set(["channel", "thread", "settings-profile", "admin-people"]);

const checkedViews = (workspace: TalkingWorkspace): [name: string, path: string][] =>
  Object.entries(viewsOf(workspace)).filter(
    ([name]) => isFullScale || alwaysChecked.has(name) || (writesScreens && pictured.has(name)),
  );

/** Waits until nothing is loading. */
async function settle(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle");
  await page.waitForFunction(() => document.querySelectorAll(".spinner").length === 0, undefined, {
    timeout: 20_000,
  });
  await page.waitForTimeout(200);
}

/** The violations of WCAG 2.2, levels A and AA, in a form that names the place. */
async function violationsOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, html }) => `${id}: ${target.join(" ")} ${html.slice(0, 120)}`),
  );
}

describe.skipIf(!chromiumPath)("every view of the web client", () => {
  let app: WebApp;
  let workspace: TalkingWorkspace;

  beforeAll(async () => {
    app = await WebApp.start();
    workspace = await createTalkingWorkspace(app);
    if (writesScreens) mkdirSync(screens, { recursive: true });
  }, 300_000);
  afterAll(() => app?.stop());

  const forms = [
    { name: "desktop-light", viewport: { width: 1280, height: 800 }, colorScheme: "light" },
    { name: "desktop-dark", viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
    { name: "phone-light", viewport: { width: 390, height: 844 }, colorScheme: "light" },
    { name: "phone-dark", viewport: { width: 390, height: 844 }, colorScheme: "dark" },
  ] as const;

  // Each size and each colour once.
  const checked = forms.filter(
    ({ name }) => isFullScale || writesScreens || name === "desktop-light" || name === "phone-dark",
  );
  test.each(checked)(
    "is accessible, and fits: $name",
    { timeout: 600_000 },
    async ({ name, viewport, colorScheme }) => {
      const page = await app.openAs(workspace.mira, "/", { viewport, colorScheme });
      const problems: string[] = [];
      for (const [view, path] of checkedViews(workspace)) {
        await page.goto(app.url + path);
        await settle(page);
        for (const violation of await violationsOf(page)) problems.push(`${view}: ${violation}`);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (overflow > 0) problems.push(`${view}: ${overflow} px too wide`);
        if (writesScreens && pictured.has(view))
          await page.screenshot({ path: join(screens, `${view}-${name}.jpg`), type: "jpeg", quality: 62 });
      }
      expect(problems).toEqual([]);
      await page.close();
      app.expectNoProblems();
    },
  );

  test("no view is wider than a screen of 320 pixels", { timeout: 300_000 }, async () => {
    const page = await app.openAs(workspace.mira, "/", { viewport: { width: 320, height: 640 } });
    const tooWide: string[] = [];
    for (const [view, path] of checkedViews(workspace)) {
      await page.goto(app.url + path);
      await settle(page);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (overflow > 0) tooWide.push(`${view}: ${overflow} px`);
    }
    expect(tooWide).toEqual([]);
    await page.close();
  });

  test("the pages without a session are accessible in both colours", async () => {
    for (const colorScheme of isFullScale ? (["light", "dark"] as const) : (["dark"] as const)) {
      const page = await app.openPage("/login", { colorScheme });
      for (const path of ["/login", "/register", "/forgot-password", "/reset-password", "/invite"]) {
        await page.goto(app.url + path);
        await settle(page);
        expect(await violationsOf(page), `${path} ${colorScheme}`).toEqual([]);
      }
      await page.close();
    }
  });

  test("colours follow the system, and less motion is respected", async () => {
    const page = await app.openAs(workspace.mira, "/", { colorScheme: "dark", reducedMotion: "reduce" });
    const background = (): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await expect.poll(background).toBe("rgb(27, 28, 33)");
    await page.emulateMedia({ colorScheme: "light" });
    await expect.poll(background).toBe("rgb(255, 255, 255)");
    const duration = await page.evaluate(() => {
      const element = document.createElement("div");
      element.className = "spinner";
      document.body.append(element);
      return getComputedStyle(element).animationDuration;
    });
    expect(Number.parseFloat(duration)).toBeLessThan(0.001);
    await page.close();
  });

  test("text from right to left is shown from right to left", async () => {
    const page = await app.openAs(workspace.mira, `/c/${workspace.channelId}`);
    await page.locator(".main .composer-text").fill("שלום לכולם");
    await page.keyboard.press("Enter");
    const text = page.getByText("שלום לכולם", { exact: true }).last();
    await text.waitFor();
    // The unsent row is replaced by the message.
    await expect.poll(() => text.evaluate((element) => getComputedStyle(element).direction)).toBe("rtl");
    await page.close();
  });

  test("the keyboard alone reaches a message, its actions and the composer", async () => {
    const page = await app.openAs(workspace.mira, `/c/${workspace.channelId}`);
    await settle(page);
    await page.locator(".message-scroll article[tabindex='0']").focus();
    await page.keyboard.press("ArrowUp");
    const focused = (): Promise<string> =>
      page.evaluate(
        () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.tagName ?? "",
      );
    expect(await focused()).toBe("ARTICLE");
    const reached = new Set<string>();
    for (let at = 0; at < 40; at++) {
      await page.keyboard.press("Tab");
      reached.add(await focused());
    }
    for (const label of ["Add a reaction", "Reply in a thread", "More actions", "Attach files"])
      expect([...reached]).toContain(label);
    expect([...reached].some((label) => label.startsWith("Message #"))).toBe(true);
    await page.close();
  });
});
