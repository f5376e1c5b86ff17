import { asc, inArray, lte } from "drizzle-orm";
import { accountDatabase, unusedObjects } from "../../db/index.ts";
import { callBucket } from "../files/index.ts";

/** Of one run; each is a bound parameter. */
const maxPerRun = 90;

/** Deletes an object and the record that it is unused. May be repeated. */
export async function deleteUnusedObjects(env: Env, keys: readonly string[]): Promise<void> {
  await callBucket(() => env.FILES.delete([...keys]));
  await accountDatabase(env)
    .delete(unusedObjects)
    .where(inArray(unusedObjects.key, [...keys]));
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
