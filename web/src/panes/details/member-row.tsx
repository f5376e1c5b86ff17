import { useState } from "preact/hooks";
import type { Member } from "../../../../src/client/index.ts";
import type { ChannelAction } from "../../channels/channel-permissions.ts";
import { pathWithPane } from "../../router.ts";
import type { ChannelState } from "../../state/channel.ts";
import { useWorkspace } from "../../state/context.ts";
import { CustomStatus } from "../../status/custom-status.tsx";
import { Avatar } from "../../ui/avatar.tsx";
import { Menu } from "../../ui/menu.tsx";
import { dateTime } from "../../ui/time.tsx";
import { showError } from "../../ui/toasts.tsx";
import { UserTags } from "../../views/people/person-row.tsx";
import { memberActions } from "./member-actions.ts";
import { isMuted } from "./use-channel-members.ts";

interface MemberRowProps {
  state: ChannelState;
  member: Member;
  /** The user's own membership. */
  own: Member | undefined;
  may: (action: ChannelAction) => boolean;
}

/** A member of a channel: a click opens the profile, a menu has what the user may do with the membership. */
export function MemberRow({ state, member, own, may }: MemberRowProps) {
  const workspace = useWorkspace();
  const [isBusy, setBusy] = useState(false);
  const { userId, role, mute } = member;
  const user = workspace.users.get(userId).value;
  const run = async (work: Promise<unknown>): Promise<void> => {
    setBusy(true);
    await work.catch(showError).finally(() => setBusy(false));
  };
  const items = memberActions(workspace, { state, member, own, may, run: (work) => void run(work) });
  const name = workspace.users.nameOf(userId);
  return (
    <article class="card list-row" aria-busy={isBusy}>
      <Avatar userId={userId} size={32} showsPresence />
      <div class="grow">
        <div class="row wrap card-title">
          <a class="card-link card-heading" href={pathWithPane({ kind: "profile", userId })} dir="auto">
            {name}
          </a>
          {role !== "member" && <span class="tag">{role === "owner" ? "channel owner" : "moderator"}</span>}
          {user && <UserTags user={user} />}
          {isMuted(member) && (
            <span class="tag" title={mute?.until ? `Until ${dateTime(mute.until)}` : undefined}>
              muted
            </span>
          )}
        </div>
        <CustomStatus userId={userId} />
      </div>
      {items.length > 0 && (
        <div class="card-above">
          <Menu label={`Actions for ${name}`} items={items} />
        </div>
      )}
    </article>
  );
}
