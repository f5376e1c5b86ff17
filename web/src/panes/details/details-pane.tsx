import { channelName } from "../../channels/channel-name.ts";
import { pathWithPane } from "../../router.ts";
import type { ChannelState } from "../../state/channel.ts";
import { useWorkspace } from "../../state/context.ts";
import { EmptyState, Spinner } from "../../ui/states.tsx";
import { TabLinks } from "../../ui/tab-links.tsx";
import { PaneFrame } from "../pane-frame.tsx";
import { AboutTab } from "./about-tab.tsx";
import { FilesTab } from "./files-tab.tsx";
import { MembersTab } from "./members-tab.tsx";
import { PinsTab } from "./pins-tab.tsx";
import { useChannelMembers } from "./use-channel-members.ts";

const tabs = [
  { key: "about", label: "About" },
  { key: "members", label: "Members" },
  { key: "pins", label: "Pins" },
  { key: "files", label: "Files" },
] as const;

/** The details of a channel: what it is, its members, its pinned messages, its files. */
export function DetailsPane({ channelId, tab }: { channelId: string; tab: string }) {
  const { channels } = useWorkspace();
  const state = channels.get(channelId);
  if (state) return <Details state={state} tab={tab} />;
  return (
    <PaneFrame title="Details">
      {channels.isListed.value ? <EmptyState title="You are not in this channel" /> : <Spinner />}
    </PaneFrame>
  );
}

function Details({ state, tab }: { state: ChannelState; tab: string }) {
  const workspace = useWorkspace();
  const members = useChannelMembers(state);
  const current = tabs.find(({ key }) => key === tab)?.key ?? "about";
  const name = channelName(workspace, state);
  return (
    <PaneFrame title={state.isDirect.value ? name : `#${name}`}>
      <div class="view-toolbar">
        <TabLinks
          label="Details"
          current={current}
          tabs={tabs.map(({ key, label }) => ({
            key,
            label,
            href: pathWithPane({ kind: "details", channelId: state.id, tab: key }),
          }))}
        />
      </div>
      <div class="view-body pane-body">
        {current === "about" && <AboutTab state={state} members={members} />}
        {current === "members" && <MembersTab state={state} members={members} />}
        {current === "pins" && <PinsTab state={state} />}
        {current === "files" && <FilesTab state={state} />}
      </div>
    </PaneFrame>
  );
}
