import { invalidField, notFound, reject } from "../../errors/app-error.ts";
import { avatarProblem } from "../../domain/files.ts";
import type { FileRef } from "../../protocol/index.ts";
import type { FileRow } from "./file-rows.ts";
import type { HubState } from "../hub-state.ts";

/**
 * Reserves a file as the avatar that an announced change of the account is about to set. Call it within a commit.
 *
 * @param change `before`: the present avatar; `expectation`: the key of the announced change
 * @throws `not_found` when it is not a complete file of this user; `conflict` when a message carries it; `validation_failed` when it is
 *   no picture
 */
export function announceAvatar(
  { files }: HubState,
  fileId: string | null,
  { before, expectation }: { before: string | null; expectation: string },
): void {
  if (fileId !== null) requirePicture(files.find(fileId));
  if (before !== null) files.confirmAvatar(before);
  if (fileId !== null) files.reserveAvatar(fileId, expectation);
}

function requirePicture(row: FileRow | undefined): void {
  if (!row || row.file === null || row.state === "deleting") return notFound("file");
  if (row.state === "claimed" || row.state === "carried") reject("conflict", "A message carries this file");
  const problem = avatarProblem(JSON.parse(row.file) as FileRef);
  if (problem !== undefined) throw invalidField("avatarFileId", problem);
}

/**
 * Applies the account's avatar as D1 has it. Earlier avatars are deleted. A file that was reserved but never became the avatar is an
 * ordinary file again, once the change that could have set it has been applied or has expired. Call it within a commit.
 *
 * @param account `fileId`: the avatar at revision `rev` of the account
 */
export function settleAvatars(
  hub: HubState,
  { rev, fileId, nowMs }: { rev: number; fileId: string | null; nowMs: number },
): void {
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
