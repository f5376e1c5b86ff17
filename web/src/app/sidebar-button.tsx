import { IconButton } from "../ui/icon.tsx";
import { showsSidebar } from "./shows-sidebar.ts";

/** On a phone: the button in the header of a view that shows the list of channels in place of the view. */
export const SidebarButton = () => (
  <IconButton
    icon="back"
    label="Show the conversations"
    class="sidebar-toggle"
    onClick={() => (showsSidebar.value = true)}
  />
);
