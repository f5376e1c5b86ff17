import { invalidField, notFound, reject } from "../../errors/app-error.ts";
import { isPicture } from "../../domain/files.ts";
import type { FileRef } from "../../protocol/index.ts";
import type { FileRow } from "./file-rows.ts";
import type { HubState } from "../hub-state.ts";

/**
 * Within a commit. The account is about to have this avatar, by the change `expected`, in the place of `before`. `not_found`: it is
 * none of this user's complete files; `conflict`: it belongs to a message; `validation_failed`: it is no picture.
 */
export function announceAvatar(
  { files }: HubState,
  fileId: string | null,
  { before, expected }: { before: string | null; expected: string },
): void {
  if (fileId !== null) requirePicture(files.find(fileId));
  if (before !== null) files.confirmAvatar(before);
  if (fileId !== null) files.reserveAvatar(fileId, expected);
}

function requirePicture(row: FileRow | undefined): void {
  if (!row || row.file === null || row.state === "deleting") return notFound("file");
  if (row.state === "claimed" || row.state === "carried") reject("conflict", "A message carries this file");
  const { type } = JSON.parse(row.file) as FileRef;
  if (!isPicture(type)) throw invalidField("avatarFileId", "Wants a PNG, JPEG, GIF, WebP or AVIF picture");
}

/**
 * Within a commit. `fileId` is the account's avatar at `rev`, as D1 says. Those that it had before go; one that it never came to have is
 * an ordinary file again, once no change that could make it the avatar is under way.
 */
export function settleAvatars(hub: HubState, rev: number, fileId: string | null, nowMs: number): void {
  const { files, alarms } = hub;
  const current = files.setCurrentAvatar(rev, fileId);
  if (fileId !== null) files.confirmAvatar(fileId);
  for (const { id, claim, worn } of files.avatars()) {
    if (id === current || (claim !== null && alarms.has(claim))) continue;
    if (worn === 1) files.markForDeletion(id, nowMs);
    else files.makeReady(id);
  }
  hub.scheduleFiles();
}
