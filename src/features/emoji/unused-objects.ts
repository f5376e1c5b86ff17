import { asc, inArray, lte } from "drizzle-orm";
import { accountDatabase, unusedObjects } from "../../db/index.ts";
import { describeError, logLine } from "../../lib/log-line.ts";
import { callBucket } from "../files/index.ts";

/** Objects that one run deletes. Each is a bound parameter. */
const maxPerRun = 90;

/** Deletes objects and the records that they are unused. May be repeated. */
async function deleteUnusedObjects(env: Env, keys: readonly string[]): Promise<void> {
  await callBucket(() => env.FILES.delete([...keys]));
  await accountDatabase(env)
    .delete(unusedObjects)
    .where(inArray(unusedObjects.key, [...keys]));
}

/** Deletes an image that no emoji refers to. If that fails, it is logged as `event`, and maintenance deletes the image. */
export async function discardImage(env: Env, key: string, event: string): Promise<void> {
  await deleteUnusedObjects(env, [key]).catch((error: unknown) =>
    logLine({ level: "warn", message: event, error: describeError(error) }),
  );
}

/** Deletes objects in R2 whose requests were not completed. Called by maintenance. */
export async function deleteAbandonedObjects(env: Env, nowMs: number): Promise<void> {
  const rows = await accountDatabase(env)
    .select({ key: unusedObjects.key })
    .from(unusedObjects)
    .where(lte(unusedObjects.deleteAt, nowMs))
    .orderBy(asc(unusedObjects.deleteAt))
    .limit(maxPerRun);
  if (rows.length > 0)
    await deleteUnusedObjects(
      env,
      rows.map(({ key }) => key),
    );
}
