import { type UpdateMeBody, updateMe } from "../../../../src/client/index.ts";
import type { Workspace } from "../../state/workspace.ts";

/** Changes the profile of the user, and shows the change everywhere on this device. */
export async function saveProfile({ client, me, users }: Workspace, change: UpdateMeBody): Promise<void> {
  const changed = await client.call(updateMe, { body: change });
  me.value = changed;
  users.put([changed]);
}
