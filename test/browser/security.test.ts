import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createClient, getMe, getPasskeys, getSecondFactors, getSessions } from "../../src/client/index.ts";
import { addAuthenticator, type VirtualAuthenticator } from "../support/virtual-authenticator.ts";
import { chromiumPath } from "../e2e/support/chromium-path.ts";
import {
  answer,
  button,
  dialog,
  expectFieldError,
  expectNotSent,
  expectToast,
  field,
  rejectOnce,
  section,
} from "./support/forms.ts";
import { AuthenticatorApp } from "./support/second-factor.ts";
import { logIn, newPassword, password, type Person, WebApp } from "./support/web-app.ts";

/** Copies the passkeys of one device to another, as a password manager synchronizes them. */
async function copyPasskeys(from: VirtualAuthenticator, to: VirtualAuthenticator): Promise<void> {
  const { credentials } = await from.session.send("WebAuthn.getCredentials", {
    authenticatorId: from.authenticatorId,
  });
  for (const credential of credentials)
    await to.session.send("WebAuthn.addCredential", { authenticatorId: to.authenticatorId, credential });
}

/** Stores the recovery codes that a dialog shows. */
async function storeRecoveryCodes(page: Page): Promise<string[]> {
  const list = page.getByRole("list", { name: "Recovery codes" });
  await list.waitFor();
  const codes = await list.locator("code").allTextContents();
  expect(codes.length).toBeGreaterThan(5);
  expect(await button(page, "Done").getAttribute("aria-disabled")).toBe("true");
  await field(page, "I have stored the codes").check();
  await button(page, "Done").click();
  return codes;
}

describe.skipIf(!chromiumPath)("the security of an account", () => {
  let app: WebApp;

  beforeAll(async () => {
    app = await WebApp.start(
      { PASSWORD_REJECTION_DELAY_MS: "1", PASSWORD_CPU_PERCENT: "100" },
      { host: "localhost" },
    );
    // The owner of the workspace.
    await app.createPerson("Owner");
  });
  afterEach(() => app.expectNoProblems());
  afterAll(() => app?.stop());

  const sessionsOf = async ({ client }: Person): Promise<number> =>
    (await client.call(getSessions)).items.length;

  test("sessions and the password: ended sessions lead to the login", async () => {
    const ann = await app.createPerson("Ann");
    const page = await app.openAs(ann, "/settings/security");
    const other = await app.openAs(ann, "/settings/profile");
    await page.reload();
    const sessions = section(page, "Sessions");
    await sessions.getByText("this device").waitFor();
    // That of the client library, of this page and of the other page.
    await expect.poll(() => sessions.getByRole("listitem").count()).toBe(3);
    await sessions
      .getByRole("listitem")
      .filter({ hasText: "Chrome on" })
      .getByRole("button", { name: /^End the session/ })
      .click();
    await expectToast(page, "The session was ended");
    await other.getByText("Your session has ended.").waitFor();
    await button(other, "Log in").waitFor();
    expect(await sessionsOf(ann)).toBe(2);

    // The wrong present password is rejected at its field, a weak new one at the other.
    await logIn(other, ann.me.username);
    await other.getByRole("heading", { name: "Profile" }).waitFor();
    await page.goto(`${app.url}/settings/account`);
    const form = section(page, "Password");
    const fill = async (current: string, next: string): Promise<void> => {
      await field(form, "Current password").fill(current);
      await field(form, "New password").fill(next);
    };
    await fill("not my password", newPassword);
    await button(form, "Change the password").click();
    await expectFieldError(form, "Current password", /Wrong/);
    await fill(password, "password1234");
    await button(form, "Change the password").click();
    await expectFieldError(form, "New password", /common/);
    await fill(password, "short");
    await expectNotSent(form, "New password", "Change the password");
    await button(form, "Show: New password").click();
    expect(await field(form, "New password").getAttribute("type")).toBe("text");
    expect(await sessionsOf(ann)).toBe(3);
    await fill(password, newPassword);
    await button(form, "Change the password").click();
    await expectToast(page, "The password was changed.");
    expect(await field(form, "Current password").inputValue()).toBe("");
    await other.getByText("Your session has ended.").waitFor();
    await page.reload();
    await section(page, "Password").waitFor();

    // The old password is rejected at the login, with a message that names no account.
    await logIn(other, ann.me.username, password);
    await other.getByRole("alert").waitFor();
    await logIn(other, ann.me.username, newPassword);
    await other.locator(".shell").waitFor();

    await page.goto(`${app.url}/settings/security`);
    await button(section(page, "Sessions"), "End all sessions").click();
    await answer(page, "End all sessions?", "End all sessions");
    await page.getByText("All your sessions were ended.").waitFor();
    await button(other, "Log in").waitFor();
    const again = createClient({ url: app.url });
    await again.login({ login: ann.me.username, password: newPassword });
    expect((await again.call(getSessions)).items).toHaveLength(1);
    await Promise.all([page.close(), other.close()]);
  });

  test("an authenticator app: set up, log in with it and by a recovery code, disabled", async () => {
    const bea = await app.createPerson("Bea");
    const page = await app.openAs(bea, "/settings/security");
    const apps = section(page, "Authenticator app");
    const setUp = dialog(page, "Set up an authenticator app");

    // A session that did not begin recently confirms itself first.
    await rejectOnce(page, { method: "POST", url: "**/v1/**/totp", code: "forbidden", status: 403 });
    await button(apps, "Set up").click();
    const confirmation = dialog(page, "Confirm that it is you");
    await field(confirmation, "Your password").fill("not my password");
    await button(confirmation, "Continue").click();
    await confirmation
      .getByText(/password/i)
      .nth(2)
      .waitFor();
    await field(confirmation, "Your password").fill(password);
    await button(confirmation, "Continue").click();
    await confirmation.waitFor({ state: "detached" });
    expect(await sessionsOf(bea)).toBe(2);

    await setUp.getByRole("img", { name: "QR code for the authenticator app" }).waitFor();
    const totp = new AuthenticatorApp((await setUp.locator(".totp-secret").textContent()) ?? "");
    const label = "Code that the app shows";
    for (const [wrong, text] of [
      ["<b>1</b>", /Must be a code/],
      ["000000", /Wrong/],
    ] as const) {
      await field(setUp, label).fill(wrong);
      await button(setUp, "Enable").click();
      await expectFieldError(setUp, label, text);
    }
    expect(await bea.client.call(getSecondFactors)).toMatchObject({ totp: false, recoveryCodes: 0 });
    await field(setUp, label).fill(` ${await totp.code()} `);
    await button(setUp, "Enable").click();
    const codes = await storeRecoveryCodes(page);
    await apps.getByText("It is enabled.").waitFor();
    await section(page, "Recovery codes").getByText(`${codes.length} codes are left.`).waitFor();

    // The login asks for the second factor; wrong codes can be corrected.
    const other = await app.openPage("/login?next=%2Fsettings%2Fsecurity");
    await logIn(other, bea.me.username);
    await other.getByRole("heading", { name: "Confirm that it is you" }).waitFor();
    await field(other, "Code of your authenticator app").fill("000000");
    await button(other, "Continue").click();
    await other.getByRole("alert").getByText("The code or passkey is wrong").waitFor();
    await field(other, "Code of your authenticator app").fill(await totp.code());
    await button(other, "Continue").click();
    await section(other, "Authenticator app").getByText("It is enabled.").waitFor();
    await other.close();

    const third = await app.openPage("/login?next=%2Fsettings%2Fsecurity");
    await logIn(third, bea.me.username);
    await button(third, "Cancel").click();
    await logIn(third, bea.me.username);
    await button(third, "Use a recovery code").click();
    await field(third, "Recovery code").fill("not-a-code");
    await button(third, "Continue").click();
    await third.getByRole("alert").getByText("The code or passkey is wrong").waitFor();
    await field(third, "Recovery code").fill(codes[0] ?? "");
    await button(third, "Continue").click();
    const recovery = section(third, "Recovery codes");
    await recovery.getByText(`${codes.length - 1} codes are left.`).waitFor();

    // New codes replace the old ones.
    await button(recovery, "Make new codes").click();
    await answer(third, "Make new recovery codes?", "Make new codes");
    await third.getByRole("list", { name: "Recovery codes" }).waitFor();
    await dialog(third, "Recovery codes").getByRole("button", { name: "Close" }).click();
    await answer(third, "Close without storing the codes?", "Cancel");
    const replaced = await storeRecoveryCodes(third);
    expect(replaced).not.toContain(codes[1]);
    await recovery.getByText(`${replaced.length} codes are left.`).waitFor();

    // A change that needs a new confirmation asks for the second factor, in which a wrong code can be corrected.
    await rejectOnce(third, {
      method: "DELETE",
      url: "**/v1/**/totp",
      code: "second_factor_required",
      status: 403,
    });
    await button(section(third, "Authenticator app"), "Disable").click();
    await answer(third, "Disable the authenticator app?", "Disable");
    const step = dialog(third, "Confirm that it is you");
    await field(step, "Code of your authenticator app").fill("123456");
    await button(step, "Continue").click();
    await step.getByRole("alert").getByText("The code or passkey is wrong").waitFor();
    expect((await bea.client.call(getSecondFactors)).totp).toBe(true);
    await button(step, "Use a recovery code").click();
    await field(step, "Recovery code").fill(replaced[0] ?? "");
    await button(step, "Continue").click();
    await section(third, "Authenticator app").getByText("It is not enabled.").waitFor();
    expect(await bea.client.call(getSecondFactors)).toMatchObject({ totp: false, recoveryCodes: 0 });
    await page.reload();
    await apps.getByText("It is not enabled.").waitFor();
    expect(await section(page, "Recovery codes").count()).toBe(0);
    await Promise.all([page.close(), third.close()]);
  });

  test("passkeys: added, renamed, used to log in, removed", async () => {
    const cleo = await app.createPerson("Cleo");
    const page = await app.openAs(cleo, "/settings/security");
    const device = await addAuthenticator(page);
    const passkeys = section(page, "Passkeys");
    await button(passkeys, "Add a passkey").click();
    const form = dialog(page, "Add a passkey");
    await field(form, "Name").fill("");
    await expectNotSent(form, "Name", "Continue");
    await field(form, "Name").fill("   ");
    await button(form, "Continue").click();
    await expectFieldError(form, "Name");
    expect((await cleo.client.call(getPasskeys)).items).toEqual([]);
    await field(form, "Name").fill("<b>Phone</b>");
    await button(form, "Continue").click();
    await expectToast(page, "The passkey was added");
    const codes = await storeRecoveryCodes(page);
    await passkeys.getByText("<b>Phone</b>").waitFor();
    expect((await cleo.client.call(getPasskeys)).items).toMatchObject([
      { name: "<b>Phone</b>", lastUsedAt: null },
    ]);

    // The same device can't have a second one.
    await button(passkeys, "Add a passkey").click();
    await button(form, "Continue").click();
    await form.getByText("This device has a passkey of your account already").waitFor();
    await button(form, "Cancel").click();

    await button(passkeys, "Rename <b>Phone</b>").click();
    const renaming = dialog(page, "Rename the passkey");
    await field(renaming, "Name").fill("  ");
    await button(renaming, "Rename").click();
    await expectFieldError(renaming, "Name");
    await field(renaming, "Name").fill("Phone");
    await button(renaming, "Rename").click();
    await passkeys.getByText("Phone", { exact: true }).waitFor();

    // A login by the passkey alone, and one with it as the second factor.
    const other = await app.openPage("/login?next=%2Fsettings%2Fsecurity");
    const synchronized = await addAuthenticator(other);
    await button(other, "Log in with a passkey").click();
    await expectToast(other, "No passkey was used");
    await copyPasskeys(device, synchronized);
    await button(other, "Log in with a passkey").click();
    await section(other, "Passkeys").getByText("last used").waitFor();
    await other.getByRole("button", { name: "Log out", exact: true }).click();
    await button(other, "Log in").waitFor();
    await logIn(other, cleo.me.username);
    await button(other, "Use a passkey").click();
    await other.locator(".shell").waitFor();
    expect(await cleo.client.call(getSecondFactors)).toMatchObject({
      passkeys: 1,
      recoveryCodes: codes.length,
    });
    await other.close();

    await button(passkeys, "Remove Phone").click();
    await answer(page, "Remove the passkey “Phone”?", "Cancel");
    await button(passkeys, "Remove Phone").click();
    await answer(page, "Remove the passkey “Phone”?", "Remove");
    await button(passkeys, "Remove Phone").waitFor({ state: "detached" });
    expect((await cleo.client.call(getPasskeys)).items).toEqual([]);
    expect((await cleo.client.call(getMe)).id).toBe(cleo.me.id);
    await page.close();
  });
});
