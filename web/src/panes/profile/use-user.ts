import { getUser, ParleyError, type User } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { type Loaded, useLoad } from "../../ui/use-load.ts";

/** Loads a user anew; until then, the value is what is known of them. Null for one that does not exist or that the user may not see. */
export function useUser(userId: string): Pick<Loaded<User | null>, "value" | "error" | "reload"> {
  const { client, users } = useWorkspace();
  const { value, error, reload } = useLoad(
    async (signal) => {
      try {
        const user = await client.call(getUser, { params: { userId }, signal });
        users.put([user]);
        return user;
      } catch (failure) {
        if (failure instanceof ParleyError && failure.code === "not_found") return null;
        throw failure;
      }
    },
    [userId],
  );
  return { value: value === null ? null : users.get(userId).value, error, reload };
}
