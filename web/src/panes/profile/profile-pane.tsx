import { useState } from "preact/hooks";
import { getUserPresence, type User } from "../../../../src/client/index.ts";
import { openConversation } from "../../channels/open-conversation.ts";
import { paths, route } from "../../router.ts";
import { useWorkspace } from "../../state/context.ts";
import type { Workspace } from "../../state/workspace.ts";
import { CustomStatus } from "../../status/custom-status.tsx";
import { StatusDialog } from "../../status/status-dialog.tsx";
import { ActionButton } from "../../ui/action-button.tsx";
import { Avatar } from "../../ui/avatar.tsx";
import { Icon } from "../../ui/icon.tsx";
import { EmptyState, ErrorNotice, Spinner } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { useLoad } from "../../ui/use-load.ts";
import { UserTags } from "../../views/people/person-row.tsx";
import { PaneFrame } from "../pane-frame.tsx";
import { LocalTime } from "./local-time.tsx";
import { useUser } from "./use-user.ts";
import { UserGroups } from "./user-groups.tsx";

/** The profile of a user. */
export function ProfilePane({ userId }: { userId: string }) {
  const { value: user, error, reload } = useUser(userId);
  return (
    <PaneFrame title="Profile">
      <div class="view-body">
        {user ? (
          <Profile user={user} />
        ) : user === null ? (
          <EmptyState title="There is no such person, or you can't see their profile" />
        ) : error === undefined ? (
          <Spinner />
        ) : (
          <ErrorNotice error={error} onRetry={reload} />
        )}
      </div>
    </PaneFrame>
  );
}

const presenceTexts = {
  online: "Online",
  away: "Away",
  dnd: "Do not disturb: notifications wait",
  offline: "Offline",
} as const;

function Profile({ user }: { user: User }) {
  const workspace = useWorkspace();
  const { client, presence, me } = workspace;
  const { id, displayName, username, timeZone, createdAt, erasedAt, active } = user;
  const isSelf = id === me.value.id;
  const fetched = useLoad(
    async (signal) => {
      const found = await client.call(getUserPresence, { params: { userId: id }, signal });
      presence.put([found]);
      return found;
    },
    [id],
  );
  const shown = presence.of(id).value.presence;
  const lastActiveAt = fetched.value?.lastActiveAt;
  return (
    <div class="profile stack">
      <Avatar userId={id} size={112} />
      <div>
        <h3 class="profile-name" dir="auto">
          {displayName}
        </h3>
        <div class="row wrap">
          {erasedAt === undefined && <span class="muted">@{username}</span>}
          <UserTags user={user} />
        </div>
      </div>
      <CustomStatus userId={id} />
      {isSelf ? <OwnButtons /> : active && <OthersButtons user={user} />}
      <dl class="facts">
        {erasedAt === undefined && (
          <div>
            <dt>Presence</dt>
            <dd>
              {presenceTexts[shown]}
              {shown === "offline" && lastActiveAt && (
                <span class="muted">
                  , last active <Time at={lastActiveAt} format="full" />
                </span>
              )}
            </dd>
          </div>
        )}
        {timeZone !== null && <LocalTime timeZone={timeZone} />}
        <div>
          <dt>Account since</dt>
          <dd>
            <Time at={createdAt} format="full" />
          </dd>
        </div>
        {erasedAt !== undefined && (
          <div>
            <dt>Erased</dt>
            <dd>
              <Time at={erasedAt} format="full" />
            </dd>
          </div>
        )}
      </dl>
      <UserGroups userId={id} />
    </div>
  );
}

function OwnButtons() {
  const [isChanging, setChanging] = useState(false);
  return (
    <div class="row wrap">
      <button type="button" class="button" onClick={() => setChanging(true)}>
        <Icon name="emoji" /> Change your status
      </button>
      <a class="button" href={paths.settings("profile")}>
        <Icon name="edit" /> Edit your profile
      </a>
      {isChanging && <StatusDialog onClose={() => setChanging(false)} />}
    </div>
  );
}

function OthersButtons({ user }: { user: User }) {
  const workspace = useWorkspace();
  const shown = route.value;
  const channel = shown.name === "channel" ? workspace.channels.get(shown.channelId) : undefined;
  return (
    <div class="row wrap">
      <ActionButton class="primary" onAction={() => openConversation(workspace, [user.id])}>
        <Icon name="thread" /> Message
      </ActionButton>
      {channel && (
        <button type="button" class="button" onClick={() => mention(workspace, channel.id, user)}>
          <Icon name="at" /> Mention
        </button>
      )}
    </div>
  );
}

/** Adds a mention of a user to the text that is being written in a channel. */
function mention({ drafts }: Workspace, channelId: string, { username }: User): void {
  const { content } = drafts.get(channelId, null).peek();
  const gap = content === "" || /\s$/.test(content) ? "" : " ";
  drafts.setContent(channelId, null, `${content}${gap}@${username} `);
  document.querySelector<HTMLElement>(".main .composer-text")?.focus();
}
