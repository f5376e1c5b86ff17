import { ChannelLevels } from "./channel-levels.tsx";
import { InstallSection } from "./install-section.tsx";
import { PushSection } from "./push-section.tsx";
import { QuietHoursSection } from "./quiet-hours.tsx";

/** What the user is notified about, where and when. */
export const NotificationsPage = () => (
  <>
    <PushSection />
    <InstallSection />
    <QuietHoursSection />
    <ChannelLevels />
  </>
);
