import { isSameText, macOf } from "../lib/macs.ts";
import { CommandRunId, UserId } from "../protocol/index.ts";

/** Two ULIDs and a MAC of 32 bytes. */
const tokenForm = /^([0-9A-Z]{26})([0-9A-Z]{26})\.([\w-]{43})$/;

/** The invocation that a response URL answers, and the user who ran it. */
export interface ResponseTarget {
  userId: string;
  runId: string;
}

/**
 * Returns the secret in the response URL of an invocation: its user, its id and a MAC of both. It is derived again where it is needed, so that
 * it is stored nowhere.
 *
 * @param key a Worker secret in base64url
 */
export const responseToken = (key: string, target: ResponseTarget): string =>
  `${target.userId.slice(4)}${target.runId.slice(4)}.${responseMac(key, target)}`;

/** Returns what a response URL answers; undefined when the MAC is wrong, so that a made-up URL starts no object. */
export function targetOfResponse(key: string, token: string): ResponseTarget | undefined {
  const [, user, run, mac] = tokenForm.exec(token) ?? [];
  if (!user || !run || !mac) return undefined;
  const [userId, runId] = [UserId.safeParse(`usr_${user}`).data, CommandRunId.safeParse(`run_${run}`).data];
  if (!userId || !runId) return undefined;
  return isSameText(mac, responseMac(key, { userId, runId })) ? { userId, runId } : undefined;
}

const responseMac = (key: string, { userId, runId }: ResponseTarget): string =>
  macOf(key, { purpose: "parley-command-response-1", message: `${userId}|${runId}` });
