import { TabLinks } from "../../ui/tab-links.tsx";
import { ViewPage } from "../view-page.tsx";
import { viewTabs } from "../view-tabs.ts";
import { Reminders } from "./reminders.tsx";
import { ScheduledMessages } from "./scheduled-messages.tsx";

const tabs = [
  { key: "scheduled", label: "Scheduled messages" },
  { key: "reminders", label: "Reminders" },
  { key: "done", label: "Done reminders" },
] as const;

/** What happens later: messages that are sent then, and reminders. */
export function LaterView() {
  const { links, current } = viewTabs(tabs);
  return (
    <ViewPage view="later" toolbar={<TabLinks label="Scheduled" tabs={links} current={current ?? ""} />}>
      {current === "scheduled" ? (
        <ScheduledMessages />
      ) : (
        <Reminders key={current} isDone={current === "done"} />
      )}
    </ViewPage>
  );
}
