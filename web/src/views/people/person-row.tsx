import type { User } from "../../../../src/client/index.ts";
import { openConversation } from "../../channels/open-conversation.ts";
import { pathWithPane } from "../../router.ts";
import { useWorkspace } from "../../state/context.ts";
import { CustomStatus } from "../../status/custom-status.tsx";
import { ActionButton } from "../../ui/action-button.tsx";
import { Avatar } from "../../ui/avatar.tsx";

/** A person in a list: a click opens the profile, a button the conversation. */
export function PersonRow({ user }: { user: User }) {
  const workspace = useWorkspace();
  const { id, displayName, username } = user;
  return (
    <article class="card list-row">
      <Avatar userId={id} size={36} showsPresence />
      <div class="grow">
        <div class="row wrap">
          <a class="card-link card-heading" href={pathWithPane({ kind: "profile", userId: id })} dir="auto">
            {displayName}
          </a>
          {user.erasedAt === undefined && <span class="muted small">@{username}</span>}
          <UserTags user={user} />
        </div>
        <CustomStatus userId={id} />
      </div>
      {user.active && (
        <ActionButton
          class="card-above"
          label={`Message ${displayName}`}
          onAction={() => openConversation(workspace, id === workspace.me.value.id ? [] : [id])}
        >
          Message
        </ActionButton>
      )}
    </article>
  );
}

/** What distinguishes an account from that of an ordinary member. */
export const UserTags = ({ user: { role, isBot, active, erasedAt } }: { user: User }) => (
  <>
    {role !== "member" && <span class="tag">{role === "owner" ? "workspace owner" : role}</span>}
    {isBot && <span class="tag">bot</span>}
    {erasedAt === undefined ? !active && <span class="tag">suspended</span> : <span class="tag">erased</span>}
  </>
);
