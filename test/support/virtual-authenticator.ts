import type { CDPSession, Page } from "playwright-core";

/** A device of Chromium that creates and uses passkeys without asking. */
export interface VirtualAuthenticator {
  session: CDPSession;
  authenticatorId: string;
}

/** Adds a device with passkeys to a page. */
export async function addAuthenticator(page: Page): Promise<VirtualAuthenticator> {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { session, authenticatorId };
}
