import type { Mail } from "./mail-driver.ts";

/** What a template receives from its reason. */
export interface TemplateInput {
  workspace: string;
  /** The link, for mails that have one. */
  link?: string;
  /** The display name of another user, or the name of an event subscription. */
  name?: string;
}

type Template = (input: TemplateInput) => { subject: string; paragraphs: string[]; action?: string };

const ignore = "If you did not request this, ignore this mail; nothing will change.";

/** The mails by name. Texts are plain; `renderMail` escapes them for HTML. */
const templates = {
  passwordReset: ({ workspace }) => ({
    subject: `Reset your password for ${workspace}`,
    paragraphs: [
      `A new password was requested for your account in ${workspace}. The link is valid for 30 minutes and works once. It ends all of your sessions.`,
      ignore,
    ],
    action: "Set a new password",
  }),
  passwordChanged: ({ workspace }) => ({
    subject: `Your password for ${workspace} was changed`,
    paragraphs: [
      `The password of your account in ${workspace} was changed, and your other sessions have ended.`,
      "If this was not you, request a new password and inform an administrator.",
    ],
  }),
  confirmRegistration: ({ workspace }) => ({
    subject: `Confirm your e-mail address for ${workspace}`,
    paragraphs: [
      `An account in ${workspace} was requested with this e-mail address. The link creates the account; it is valid for 24 hours. Then log in with the password that was chosen.`,
      "If you did not request an account, ignore this mail: do not open the link, since another person chose the password.",
    ],
    action: "Create the account",
  }),
  alreadyRegistered: ({ workspace }) => ({
    subject: `You already have an account in ${workspace}`,
    paragraphs: [
      `An account in ${workspace} was requested with this e-mail address, but you have one already. Log in, or request a new password.`,
      ignore,
    ],
  }),
  confirmAddress: ({ workspace }) => ({
    subject: `Confirm your e-mail address for ${workspace}`,
    paragraphs: [
      `The link confirms that you receive mail for your account in ${workspace}. It is valid for 24 hours.`,
      ignore,
    ],
    action: "Confirm the address",
  }),
  changeAddress: ({ workspace }) => ({
    subject: `Confirm your new e-mail address for ${workspace}`,
    paragraphs: [
      `The link makes this the e-mail address of your account in ${workspace}. It is valid for 24 hours.`,
      ignore,
    ],
    action: "Use this address",
  }),
  addressTaken: ({ workspace }) => ({
    subject: `Your e-mail address for ${workspace}`,
    paragraphs: [
      `Another user of ${workspace} requested to use this e-mail address, which is that of your account. Nothing was changed.`,
    ],
  }),
  addressChanged: ({ workspace }) => ({
    subject: `The e-mail address of your account in ${workspace} was changed`,
    paragraphs: [
      `Your account in ${workspace} has a new e-mail address. This one is no longer used.`,
      "If this was not you, inform an administrator at once.",
    ],
  }),
  subscriptionDisabled: ({ workspace, name = "" }) => ({
    subject: `An event subscription in ${workspace} was disabled`,
    paragraphs: [
      `Your event subscription "${plainName(name)}" in ${workspace} was disabled, because its receiver did not accept events. Events are no longer sent.`,
      "Repair the receiver, then activate it again. Events of the time in between can be read from the channels.",
    ],
  }),
  invite: ({ workspace, name = "" }) => ({
    subject: `Invitation to ${workspace}`,
    paragraphs: [
      `${plainName(name)} invites you to ${workspace}. The link creates your account.`,
      "If you do not know the sender, ignore this mail.",
    ],
    action: "Accept the invitation",
  }),
} satisfies Record<string, Template>;

export type TemplateName = keyof typeof templates;

const maxNameLength = 40;

/**
 * Returns a display name without anything that a mail client could turn into a link, a header or markup: only letters, marks, digits, blanks
 * and a few signs, in which no dot touches two characters.
 */
export function plainName(name: string): string {
  const plain = name
    .replaceAll(/[^\p{L}\p{M}\p{N} .'_-]/gu, " ")
    .replaceAll(/\.(?=\S)/g, ". ")
    .replaceAll(/ {2,}/g, " ")
    .trim();
  return [...plain].slice(0, maxNameLength).join("") || "A user";
}

/** Builds a mail: plain text, and the same as simple HTML without images, styles of others or tracking. */
export function renderMail(template: TemplateName, to: string, input: TemplateInput): Mail {
  const build: Template = templates[template];
  const { subject, paragraphs, action } = build(input);
  const [first = "", ...rest] = paragraphs;
  const { link } = input;
  const linkText = action && link ? [`${action}:\n${link}`] : [];
  const linkHtml = action && link ? [`<p><a href="${escapeHtml(link)}">${escapeHtml(action)}</a></p>`] : [];
  const asHtml = (text: string): string => `<p>${escapeHtml(text)}</p>`;
  return {
    to,
    subject: oneLine(subject),
    text: `${[first, ...linkText, ...rest].join("\n\n")}\n`,
    html: `<!doctype html><html><body>${[asHtml(first), ...linkHtml, ...rest.map(asHtml)].join("")}</body></html>`,
  };
}

const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, " ");

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? "");
