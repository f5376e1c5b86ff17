import { buffer } from "node:stream/consumers";
import type { Download, Locator, Page, Request } from "playwright-core";
import { expect } from "vitest";
import type { ParleyError } from "../../../src/client/index.ts";
import { password } from "./web-app.ts";

/** A page, or a part of one such as a dialog. */
export type Scope = Page | Locator;

export const button = (scope: Scope, name: string | RegExp): Locator =>
  scope.getByRole("button", { name, exact: true });

/** The field of a form by its whole label. */
export const field = (scope: Scope, label: string): Locator => scope.getByLabel(label, { exact: true });

/** The dialog with a title. */
export const dialog = (page: Page, title: string | RegExp): Locator =>
  page.getByRole("dialog", { name: title, exact: true });

/** The section of a settings page with a heading. */
export const section = (page: Page, title: string): Locator =>
  page.locator("section").filter({ has: page.getByRole("heading", { name: title, exact: true }) });

/** Presses a button of the question that is open, and waits until the question is closed. */
export async function answer(page: Page, title: string | RegExp, action: string): Promise<void> {
  await button(dialog(page, title), action).click();
  await dialog(page, title).waitFor({ state: "detached" });
}

/**
 * Expects a field to be marked as wrong, with a text that belongs to it.
 *
 * @param text what the text must contain; anything if the field can have only one error
 */
export async function expectFieldError(scope: Scope, label: string, text = /./): Promise<void> {
  // A picker's list has the label too.
  const wrong = field(scope, label).first();
  const read = async (): Promise<string> => {
    if ((await wrong.getAttribute("aria-invalid")) !== "true") return "";
    const noteId = await wrong.getAttribute("aria-describedby");
    return (await wrong.page().locator(`[id="${noteId}"]`).allTextContents()).join();
  };
  await expect.poll(read).toMatch(text);
}

/** Expects the browser itself to find a field wrong, so that the form is not sent. */
export async function expectNotSent(scope: Scope, label: string, action: string): Promise<void> {
  const wrong = field(scope, label);
  const page = wrong.page();
  const sent: string[] = [];
  const record = (request: Request): void => {
    if (request.method() !== "GET") sent.push(`${request.method()} ${request.url()}`);
  };
  page.on("request", record);
  await button(scope, action).click();
  expect(await wrong.evaluate((input) => (input as HTMLInputElement).checkValidity())).toBe(false);
  page.off("request", record);
  expect(sent).toEqual([]);
}

/** Waits for a message at the bottom of the page, and closes it. */
export async function expectToast(page: Page, text: string | RegExp): Promise<void> {
  const toast = page.locator(".toast").filter({ hasText: text }).first();
  await toast.waitFor();
  await button(toast, "Dismiss").click();
}

/** Presses the button that saves a form, and waits for the message that it was saved. */
export async function save(page: Page, form: Scope, text: string): Promise<void> {
  await button(form, "Save").click();
  await expectToast(page, text);
}

/** Opens a page of the administration. */
export async function openAdminPage(page: Page, name: string): Promise<void> {
  await page.goto(new URL(`/admin/${name}`, page.url()).href);
  await page.locator(".admin-content h2").first().waitFor();
}

/** Copies the secret that a dialog shows once, closes the dialog, and returns the secret. The page needs the permission for the clipboard. */
export async function takeSecret(page: Page, title: string | RegExp, label: string): Promise<string> {
  const shown = dialog(page, title);
  const secret = await field(shown, label).inputValue();
  await button(shown, "Copy").first().click();
  await button(shown, "Copied").waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
  await button(shown, "Done").click();
  await shown.waitFor({ state: "detached" });
  return secret;
}

/** Returns the bytes of a download. */
export const readDownload = async (download: Download): Promise<Buffer> =>
  buffer(await download.createReadStream());

/** Returns "ok", or the code of the error with which a call failed. */
export const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "ok",
    (error: unknown) => (error as ParleyError).code,
  );

/** The row of an administration table that contains a text. */
export const tableRow = (scope: Scope, table: string, text: string | RegExp): Locator =>
  scope.getByRole("table", { name: table, exact: true }).getByRole("row").filter({ hasText: text });

/** Opens the menu of a row and chooses an item. */
export async function chooseInRow(page: Page, row: Locator, item: string): Promise<void> {
  await row.getByRole("button", { name: /^Actions for/ }).click();
  await page.getByRole("menuitem", { name: item, exact: true }).click();
}

/** The items of the menu of a row. */
export async function itemsOfRow(page: Page, row: Locator): Promise<string[]> {
  await row.getByRole("button", { name: /^Actions for/ }).click();
  await page.getByRole("menuitem").first().waitFor();
  const items = await page.getByRole("menuitem").allTextContents();
  await page.keyboard.press("Escape");
  return items;
}

/** Chooses an option of a picker by the beginning of its name. */
export async function pick(page: Page, scope: Scope, label: string, name: string): Promise<void> {
  await scope.getByRole("combobox", { name: label, exact: true }).fill(name);
  await page.getByRole("listbox", { name: label, exact: true }).getByRole("option", { name }).first().click();
}

/** Expects a reload of the page to show a text. */
export async function expectAfterReload(page: Page, text: string | RegExp): Promise<void> {
  await page.reload();
  await page.getByText(text).first().waitFor();
}

/** Makes the session appear to have begun long ago for the next request, and returns a function that confirms the user with the password. */
export async function requireConfirmationOnce(page: Page, url: string): Promise<() => Promise<void>> {
  await rejectOnce(page, { method: "POST", url, code: "forbidden", status: 403 });
  return async () => {
    const confirmation = dialog(page, "Confirm that it is you");
    await field(confirmation, "Your password").fill(password);
    await button(confirmation, "Continue").click();
    await confirmation.waitFor({ state: "detached" });
  };
}

/** Makes the server appear to reject the next request with a method and an address, in place of the request. */
export async function rejectOnce(
  page: Page,
  { method, url, code, status }: { method: string; url: string; code: string; status: number },
): Promise<void> {
  const body = JSON.stringify({ code, status, title: code, detail: `Rejected with ${code}` });
  let isDone = false;
  await page.route(url, (route) => {
    if (isDone || route.request().method() !== method) return route.fallback();
    isDone = true;
    return route.fulfill({ status, contentType: "application/problem+json", body });
  });
}
