import type { RpcResult } from "../../rpc/rpc-result.ts";
import { callObject, hubOf } from "../../rpc/stubs.ts";
import type { ArchiveEntry } from "./archive.ts";
import { json, lines } from "./entries.ts";

/** Rows that one call of the hub returns: of scheduled messages at most 8 MB. */
const rowsPerCall = 100;

/**
 * Returns the entries of the personal data in the user's hub: scheduled messages, reminders, drafts, saved messages, subscriptions to pushes
 * without their endpoints and keys, and notification settings. Their numbers are limited (docs/limits.md): together at most some 20 MB.
 */
export async function personalEntries(env: Env, userId: string): Promise<ArchiveEntry[]> {
  const hub = () => hubOf(env, userId);
  const scheduled = await allOf((last?: { sendAt: string; id: string }) =>
    hub().listScheduledMessages(rowsPerCall, last && [Date.parse(last.sendAt), last.id]),
  );
  const reminders = [];
  for (const state of ["pending", "due", "done"] as const)
    reminders.push(
      ...(await allOf((last?: { at: string; id: string }) =>
        hub().listReminders(rowsPerCall, last && [Date.parse(last.at), last.id], state),
      )),
    );
  const drafts = await allOf((last?: { rev: number }) => hub().listDrafts(rowsPerCall, last?.rev));
  const saved = await allOf((last?: { savedAt: string; messageId: string }) =>
    hub().listSavedMessages(rowsPerCall, last && [Date.parse(last.savedAt), last.messageId]),
  );
  const push = await callObject(() => hub().listPushSubscriptions(""));
  const settings = await callObject(() => hub().notificationSettings());
  return [
    lines("scheduled-messages.jsonl", scheduled),
    lines("reminders.jsonl", reminders),
    lines("drafts.jsonl", drafts),
    lines("saved-messages.jsonl", saved),
    json(
      "push-subscriptions.json",
      (push.ok ? push.value : []).map(
        ({ id, host, device, sessionId, createdAt, lastPushAt, expiresAt }) => ({
          id,
          host,
          device,
          sessionId,
          createdAt,
          lastPushAt,
          expiresAt,
        }),
      ),
    ),
    json("notification-settings.json", settings.ok ? settings.value : null),
  ];
}

/** Lists all rows. @param page returns those after the last row of the page before */
async function allOf<Row extends object>(
  page: (last: Row | undefined) => Promise<RpcResult<Row[]>>,
): Promise<Row[]> {
  const all: Row[] = [];
  for (;;) {
    const next = await callObject(() => page(all.at(-1)));
    if (!next.ok) return all;
    all.push(...next.value);
    if (next.value.length < rowsPerCall) return all;
  }
}
