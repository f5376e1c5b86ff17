import { callObject, hubOf } from "../../rpc/stubs.ts";

/** Tells hubs that messages with these files of their users were deleted. All are told, at least once; then it throws if one was not. */
export async function notifyDroppedFiles(
  env: Env,
  dropped: readonly { fileId: string; uploaderId: string }[],
): Promise<void> {
  const ofUsers = Map.groupBy(dropped, ({ uploaderId }) => uploaderId);
  const told = await Promise.allSettled(
    [...ofUsers].map(([userId, files]) =>
      callObject(() => hubOf(env, userId).deleteCarriedFiles(files.map(({ fileId }) => fileId))),
    ),
  );
  for (const result of told) if (result.status === "rejected") throw result.reason;
}
