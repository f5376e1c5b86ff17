import {
  endUserSessions,
  getMe,
  resetSecondFactors,
  updateUser,
  type UpdateUserBody,
  type User,
} from "../../../../src/client/index.ts";
import type { Workspace } from "../../state/workspace.ts";
import type { Action, Actions } from "../lists/use-actions.ts";
import type { OrdinaryRole } from "./permitted-changes.ts";

/** What the actions on an account need of the page. */
export interface PeopleContext {
  workspace: Workspace;
  actions: Actions;
  /** Called with each changed account. */
  onChange: (user: User) => void;
}

const roleTexts: Record<OrdinaryRole, string> = {
  admin: "Admins can change roles, suspend people, and administer all public channels.",
  member: "Members see all people and public channels, and can create channels.",
  guest:
    "Guests see only the channels that they are in, and the members of these. Other public channels close for them at once.",
};

/** Changes the role of a user. */
export async function changeRole(context: PeopleContext, user: User, role: OrdinaryRole): Promise<void> {
  await change(
    context,
    user,
    { role },
    {
      question: {
        title: `Make ${user.displayName} ${role === "admin" ? "an admin" : `a ${role}`}?`,
        text: roleTexts[role],
        action: "Change the role",
        isDanger: false,
      },
      done: "Role changed",
    },
  );
}

/** Transfers the ownership of the workspace. The user of this page becomes an admin. */
export async function transferOwnership(context: PeopleContext, user: User): Promise<void> {
  const isDone = await change(
    context,
    user,
    { role: "owner" },
    {
      question: {
        title: `Transfer the ownership to ${user.displayName}?`,
        text: "There is one owner. You become an admin, and only the new owner can transfer the ownership back.",
        action: "Transfer the ownership",
      },
      done: "Ownership transferred",
    },
  );
  if (!isDone) return;
  const { client, me, users } = context.workspace;
  me.value = await client.call(getMe);
  users.put([me.value]);
  context.onChange(me.value);
}

/** Suspends a user. */
export async function suspend(context: PeopleContext, user: User): Promise<void> {
  await change(
    context,
    user,
    { active: false },
    {
      question: {
        title: `Suspend ${user.displayName}?`,
        text: "All of their sessions end at once, and they can’t log in until they are reactivated. Their messages stay.",
        action: "Suspend",
      },
      done: "Account suspended",
    },
  );
}

/** Reactivates a suspended user, or a deactivated bot. */
export async function reactivate(context: PeopleContext, user: User): Promise<void> {
  await change(context, user, { active: true }, { done: "Account reactivated" });
}

/** Ends all sessions of a user. */
export async function endSessions({ workspace, actions }: PeopleContext, user: User): Promise<void> {
  await actions.run({
    key: user.id,
    question: {
      title: `End all sessions of ${user.displayName}?`,
      text: "They are logged out on all devices, for example after one was lost or stolen. They can log in again.",
      action: "End the sessions",
    },
    work: () => workspace.client.call(endUserSessions, { params: { userId: user.id } }),
    done: "Sessions ended",
  });
}

/** Removes all second factors of a user. */
export async function removeSecondFactors({ workspace, actions }: PeopleContext, user: User): Promise<void> {
  await actions.run({
    key: user.id,
    question: {
      title: `Reset the second factors of ${user.displayName}?`,
      text: "Their authenticator app, passkeys and recovery codes are removed, and all of their sessions end. Make sure that the request is theirs: afterwards the password alone is enough to log in.",
      action: "Reset",
    },
    work: () => workspace.client.call(resetSecondFactors, { params: { userId: user.id } }),
    done: "Second factors removed",
  });
}

function change(
  { workspace: { client, users }, actions, onChange }: PeopleContext,
  { id }: User,
  body: UpdateUserBody,
  texts: Pick<Action, "question" | "done">,
): Promise<boolean> {
  return actions.run({
    ...texts,
    key: id,
    work: async () => {
      const changed = await client.call(updateUser, { params: { userId: id }, body });
      users.put([changed]);
      onChange(changed);
    },
  });
}
