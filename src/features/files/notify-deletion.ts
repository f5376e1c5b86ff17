import { callObject, hubOf } from "../../rpc/stubs.ts";

/**
 * Notifies the uploaders' hubs that the messages which carried these files were deleted. Calls every hub, then throws the first error;
 * the caller retries, so a hub may be notified more than once.
 */
export async function notifyDroppedFiles(
  env: Env,
  dropped: readonly { fileId: string; uploaderId: string }[],
): Promise<void> {
  const ofUsers = Map.groupBy(dropped, ({ uploaderId }) => uploaderId);
  const results = await Promise.allSettled(
    [...ofUsers].map(([userId, files]) =>
      callObject(() => hubOf(env, userId).deleteCarriedFiles(files.map(({ fileId }) => fileId))),
    ),
  );
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
