import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { getEventSubscriptions, getIncomingWebhooks, getSlashCommands } from "../../src/client/index.ts";
import { chromiumPath } from "../e2e/support/chromium-path.ts";
import { Receiver } from "../support/receiver.ts";
import { createChannelWith, post } from "./support/channel.ts";
import {
  answer,
  button,
  chooseInRow,
  dialog,
  expectFieldError,
  expectNotSent,
  expectToast,
  field,
  openAdminPage,
  pick,
  tableRow,
  takeSecret,
} from "./support/forms.ts";
import { hostileText } from "./support/hostile-texts.ts";
import { messagesOf, type Person, WebApp, write } from "./support/web-app.ts";

describe.skipIf(!chromiumPath)("the administration of integrations", () => {
  let app: WebApp;
  let receiver: Receiver;
  let owner: Person;
  let ann: Person;
  let page: Page;

  beforeAll(async () => {
    receiver = await Receiver.start();
    app = await WebApp.start({ OUTBOUND_ALLOW_LOOPBACK: "on", PASSWORD_CPU_PERCENT: "100" });
    owner = await app.createPerson("Olga");
    ann = await app.createPerson("Ann");
    page = await app.openAs(owner, "/admin", { permissions: ["clipboard-read", "clipboard-write"] });
  });
  afterEach(() => app.expectNoProblems());
  afterAll(async () => {
    receiver.stop();
    await app?.stop();
  });

  test("incoming webhooks: created, posted to, changed, their URL replaced, deleted", async () => {
    const { id, name } = await createChannelWith(owner, [], "alerts");
    const params = { channelId: id };
    await openAdminPage(page, "webhooks");
    await pick(page, page.locator(".admin-content"), "Channel", name ?? "");
    await button(page, "Create a webhook").click();
    const form = dialog(page, "Create an incoming webhook");
    const create = async (webhook: string, icon: string): Promise<void> => {
      await field(form, "Name").fill(webhook);
      await field(form, "Icon").fill(icon);
      await button(form, "Create").click();
    };
    await create("   ", "");
    await expectFieldError(form, "Name", /Must have/);
    await create("Alerts", "javascript:alert(1)");
    await expectFieldError(form, "Icon", /between colons/);
    expect((await owner.client.call(getIncomingWebhooks, { params })).items).toEqual([]);
    await create("Alerts", ":bell:");
    const url = await takeSecret(page, "URL of the webhook", "URL");
    const send = (to: string, text: string): Promise<Response> =>
      fetch(app.url + new URL(to).pathname, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ content: text }),
      });
    expect((await send(url, "Disk is full")).ok).toBe(true);
    const reading = await app.openAs(owner, `/c/${id}`);
    const message = messagesOf(reading).locator("article").filter({ hasText: "Disk is full" });
    await message.getByText("Alerts").first().waitFor();

    const row = tableRow(page, "Incoming webhooks", "this one");
    await chooseInRow(page, row, "Change");
    const changing = dialog(page, "Change Alerts");
    await field(changing, "Icon").fill("https://");
    await button(changing, "Save").click();
    await expectFieldError(changing, "Icon", /between colons/);
    await field(changing, "Icon").fill("");
    await field(changing, "Name").fill(hostileText);
    await changing.getByRole("checkbox", { name: /other channels/ }).check();
    await button(changing, "Save").click();
    const changed = tableRow(page, "Incoming webhooks", hostileText);
    await changed.getByText("and its bot’s other channels").waitFor();
    expect((await owner.client.call(getIncomingWebhooks, { params })).items).toMatchObject([
      { name: hostileText, icon: null, anyChannel: true },
    ]);
    expect((await send(url, "Disk is empty")).ok).toBe(true);
    await messagesOf(reading).getByText("Disk is empty").waitFor();
    await reading.reload();
    await messagesOf(reading).getByText(hostileText).first().waitFor();

    await chooseInRow(page, changed, "Replace the URL");
    await answer(page, `Replace the URL of ${hostileText}?`, "Replace the URL");
    const replaced = await takeSecret(page, "URL of the webhook", "URL");
    expect(replaced).not.toBe(url);
    expect((await send(replaced, "With the new URL")).ok).toBe(true);
    await expect.poll(async () => (await send(url, "With the old URL")).ok).toBe(false);
    await page.reload();
    await chooseInRow(page, changed, "Delete");
    await answer(page, `Delete ${hostileText}?`, "Delete");
    await expectToast(page, "Webhook deleted");
    await page.getByText("The channel has no webhooks").waitFor();
    await expect.poll(async () => (await send(replaced, "After its end")).ok).toBe(false);
    expect((await owner.client.call(getIncomingWebhooks, { params })).items).toEqual([]);
    await reading.close();
  });

  test("event subscriptions: created, deliveries, paused, changed, deleted", async () => {
    const { id, name } = await createChannelWith(owner, [], "deploys");
    await openAdminPage(page, "subscriptions");
    await button(page, "Create a subscription").click();
    const form = dialog(page, "Create an event subscription");
    await field(form, "URL").fill("no url");
    await expectNotSent(form, "URL", "Create");
    for (const [wrong, text] of [
      ["ftp://example.com", /https/],
      ["http://user:secret@127.0.0.1/", /user name/],
      ["https://10.0.0.1/", /private/],
    ] as const) {
      await field(form, "URL").fill(wrong);
      await button(form, "Create").click();
      await expectFieldError(form, "URL", text);
    }
    await field(form, "URL").fill(receiver.url);
    await form.getByText("Only these").click();
    await button(form, "Create").click();
    await expectFieldError(form, "Chosen channels");
    expect((await owner.client.call(getEventSubscriptions)).items).toEqual([]);
    await field(form, "Name").fill(hostileText);
    await pick(page, form, "Chosen channels", name ?? "");
    await form.getByRole("checkbox", { name: "Reply sent" }).uncheck();
    await button(form, "Create").click();
    await takeSecret(page, `Secret of ${hostileText}`, "Signing secret");
    const row = tableRow(page, "Event subscriptions", hostileText);
    await row.getByText("active", { exact: true }).waitFor();
    expect((await owner.client.call(getEventSubscriptions)).items).toMatchObject([
      { name: hostileText, url: receiver.url, events: ["messageCreate"], channelIds: [id] },
    ]);
    const received = (text: string): number =>
      receiver.received.filter((event) => event.text.includes(text)).length;
    await post(owner, id, "Deployed 1.2");
    await expect.poll(() => received("Deployed 1.2")).toBe(1);

    await chooseInRow(page, row, "Deliveries");
    const deliveries = dialog(page, `Deliveries of ${hostileText}`);
    const delivery = tableRow(deliveries, "Deliveries", "Message sent");
    await expect
      .poll(async () => {
        await button(deliveries, "Refresh").click();
        return delivery.getByText("delivered").count();
      })
      .toBe(1);
    await chooseInRow(page, delivery, "Send again");
    await expect.poll(() => received("Deployed 1.2")).toBe(2);
    await delivery.getByRole("cell", { name: "2", exact: true }).waitFor();
    await button(deliveries, "Close").click();

    await chooseInRow(page, row, "Pause");
    await expectToast(page, "Subscription paused");
    await row.getByText("paused").waitFor();
    await post(owner, id, "While paused");
    await page.reload();
    await chooseInRow(page, row, "Activate");
    await expectToast(page, "Subscription activated");
    await chooseInRow(page, row, "Replace the secret");
    await answer(page, `Replace the secret of ${hostileText}?`, "Replace the secret");
    await takeSecret(page, `Secret of ${hostileText}`, "Signing secret");
    await row.getByText("The former secret is valid until").waitFor();
    await chooseInRow(page, row, "Change");
    const changing = dialog(page, `Change ${hostileText}`);
    await field(changing, "Name").fill("Deployments");
    await changing.getByText("All public channels").click();
    await button(changing, "Save").click();
    const changed = tableRow(page, "Event subscriptions", "Deployments");
    await changed.getByText("all public ones").waitFor();
    const elsewhere = await createChannelWith(owner, [], "public");
    await post(owner, elsewhere.id, "From another channel");
    await expect.poll(() => received("From another channel")).toBe(1);
    expect(received("While paused")).toBe(0);
    await chooseInRow(page, changed, "Delete");
    await answer(page, "Delete Deployments?", "Delete");
    await expectToast(page, "Subscription deleted");
    expect((await owner.client.call(getEventSubscriptions)).items).toEqual([]);
  });

  test("slash commands: registered, run, changed, deleted", async () => {
    const { id } = await createChannelWith(owner, [ann], "ops");
    receiver.answer = () => 200;
    receiver.response = JSON.stringify({ visibility: "channel", content: "Deployed **web**" });
    await openAdminPage(page, "commands");
    await button(page, "Register a command").click();
    const form = dialog(page, "Register a slash command");
    const register = async (name: string, description: string, url: string): Promise<void> => {
      await field(form, "Name").fill(name);
      await field(form, "Description").fill(description);
      await field(form, "URL").fill(url);
      await button(form, "Register").click();
    };
    await register("<b>", "Deploys", receiver.url);
    await expectFieldError(form, "Name", /1 to 32 characters/);
    await register("shrug", "Deploys", receiver.url);
    await expectFieldError(form, "Name", /reserved/);
    await register("deploy", "   ", receiver.url);
    await expectFieldError(form, "Description");
    await register("deploy", "Deploys", "http://10.0.0.1/");
    await expectFieldError(form, "URL", /https/);
    const commandsOf = async () =>
      (await owner.client.call(getSlashCommands)).items.filter((command) => command.id !== null);
    expect(await commandsOf()).toEqual([]);
    await field(form, "Arguments").fill("<service>");
    await register("deploy", hostileText, receiver.url);
    await takeSecret(page, "Secret of /deploy", "Signing secret");
    const row = tableRow(page, "Slash commands", "/deploy");
    await row.getByText(hostileText).waitFor();
    const writing = await app.openAs(ann, `/c/${id}`);
    await write(writing, "/deploy web");
    await messagesOf(writing).getByText("Deployed web").waitFor();
    expect(receiver.received.at(-1)?.text).toContain("web");

    await chooseInRow(page, row, "Change");
    const changing = dialog(page, "Change /deploy");
    await expect.poll(() => field(changing, "URL").inputValue()).toBe(receiver.url);
    await field(changing, "Name").fill("ship");
    await field(changing, "Arguments").fill("");
    await changing.getByText("On the bot’s own connection").click();
    await button(changing, "Save").click();
    const changed = tableRow(page, "Slash commands", "/ship");
    await changed.waitFor();
    expect(await commandsOf()).toMatchObject([{ name: "ship", usage: null }]);
    await chooseInRow(page, changed, "Change");
    const again = dialog(page, "Change /ship");
    await again.getByText("By a request to a URL").click();
    await field(again, "URL").fill(receiver.url);
    await button(again, "Save").click();
    await takeSecret(page, "Secret of /ship", "Signing secret");
    await chooseInRow(page, changed, "Replace the secret");
    await answer(page, "Replace the secret of /ship?", "Replace the secret");
    await takeSecret(page, "Secret of /ship", "Signing secret");
    await chooseInRow(page, changed, "Delete");
    await answer(page, "Delete /ship?", "Delete");
    await expectToast(page, "Command deleted");
    await changed.waitFor({ state: "detached" });
    expect(await commandsOf()).toEqual([]);
    await writing.close();
  });
});
