import { describe } from "./describe.ts";
import { notificationIcons } from "./notification-icons.ts";
import type { NotificationData } from "./protocol.ts";
import { summaryTag } from "./protocol.ts";
import { type NotificationPush, parsePush, type ReadPush, type SummaryPush, closes } from "./push-payload.ts";
import { openPages, scope } from "./scope.ts";

/** The options of a notification that the types of the platform lack. */
interface Options extends NotificationOptions {
  data: NotificationData;
  tag: string;
  renotify?: boolean;
  timestamp?: number;
}

const none = { channelId: null, reminderId: null, seqs: [] };

/** The pushes that are being handled: one after the other, so that the last one of a channel is the one that stays. */
let queue: Promise<void> = Promise.resolve();

/** Handles a push: shows a notification, or closes those that were read. */
export function handlePush(text: string | undefined): Promise<void> {
  queue = queue.then(() => handle(text)).catch(() => {});
  return queue;
}

async function handle(text: string | undefined): Promise<void> {
  const push = parsePush(text);
  if (push?.type === "read") return closeRead(push);
  if (push?.type === "summary" && push.count === 0) return closeTagged(summaryTag);
  const [page] = await openPages();
  if (page?.focused) return showForBrowser();
  if (push?.type === "notification") return showNotification(push);
  return showSummary(push);
}

async function showNotification(push: NotificationPush): Promise<void> {
  const { channelId, reminderId = null, seq, at, unreadSeqs: seqs } = push;
  const tag = reminderId ?? channelId ?? `notification-${seq}`;
  const description = await describe(push);
  if (!description) {
    await closeUnlisted(tag, seqs);
    return showForBrowser();
  }
  const { title, body, path } = description;
  await show(seqs.length > 1 ? `${title} (${seqs.length} new)` : title, {
    body,
    // One of a channel replaces the one before it.
    tag,
    renotify: true,
    timestamp: Date.parse(at),
    data: { path, channelId, reminderId, seqs },
  });
}

/** A push of a newer server is shown as well, because browsers require a notification for each. */
const showSummary = (push: SummaryPush | undefined): Promise<void> =>
  show("Parley", {
    body:
      push === undefined
        ? "New message"
        : `${push.count > 98 ? "99+" : push.count} unread ${push.count === 1 ? "notification" : "notifications"}`,
    tag: summaryTag,
    timestamp: push ? Date.parse(push.at) : Date.now(),
    data: { path: "/activity", ...none },
  });

const show = async (title: string, options: Options): Promise<void> =>
  scope.registration.showNotification(title, { ...(await notificationIcons()), ...options });

/** Browsers of Apple end the subscription of a page that receives pushes and shows nothing, even while the user looks at the page. */
async function showForBrowser(): Promise<void> {
  const { userAgent } = scope.navigator;
  if (!userAgent.includes("AppleWebKit") || /Chrom(?:e|ium)\//.test(userAgent)) return;
  const tag = "shown-in-page";
  await show("Parley", { tag, silent: true, data: { path: "/", ...none } });
  await closeTagged(tag);
}

async function closeRead(push: ReadPush): Promise<void> {
  const tag = push.reminderId ?? push.channelId;
  if (tag === null) return;
  for (const notification of await scope.registration.getNotifications({ tag })) {
    const { seqs } = notification.data as NotificationData;
    if (closes(push, seqs)) notification.close();
  }
}

/** Closes a notification of which nothing is unread any more: the push service may have replaced its withdrawal by a later push. */
async function closeUnlisted(tag: string, unreadSeqs: readonly number[]): Promise<void> {
  for (const notification of await scope.registration.getNotifications({ tag })) {
    const { seqs } = notification.data as NotificationData;
    if (!seqs.some((seq) => unreadSeqs.includes(seq))) notification.close();
  }
}

async function closeTagged(tag: string): Promise<void> {
  for (const notification of await scope.registration.getNotifications({ tag })) notification.close();
}
