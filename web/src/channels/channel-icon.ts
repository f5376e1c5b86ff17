import type { ChannelType } from "../../../src/client/index.ts";
import type { IconName } from "../ui/icon.tsx";

const icons = { public: "channel", private: "lock", direct: "person", group: "people" } as const;

/** Returns the icon before the name of a channel or conversation. */
export const channelIcon = (type: ChannelType): IconName => icons[type];
