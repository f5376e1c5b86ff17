import type { FunctionComponent } from "preact";
import type { IconName } from "../ui/icon.tsx";
import { AccountPage } from "./account/account-page.tsx";
import { AppearancePage } from "./appearance-page.tsx";
import { NotificationsPage } from "./notifications/notifications-page.tsx";
import { ProfilePage } from "./profile/profile-page.tsx";
import { SecurityPage } from "./security/security-page.tsx";
import { ShortcutsPage } from "./shortcuts-page.tsx";
import { TokensPage } from "./tokens/tokens-page.tsx";

interface SettingsPage {
  /** The last part of the address. */
  path: string;
  label: string;
  icon: IconName;
  Page: FunctionComponent;
}

/** The pages of the settings, in the order of the list. */
export const settingsPages: readonly SettingsPage[] = [
  { path: "profile", label: "Profile", icon: "person", Page: ProfilePage },
  { path: "notifications", label: "Notifications", icon: "bell", Page: NotificationsPage },
  { path: "appearance", label: "Appearance", icon: "emoji", Page: AppearancePage },
  { path: "account", label: "Account", icon: "at", Page: AccountPage },
  { path: "security", label: "Security", icon: "shield", Page: SecurityPage },
  { path: "tokens", label: "Access tokens", icon: "code", Page: TokensPage },
  { path: "shortcuts", label: "Keyboard shortcuts", icon: "list", Page: ShortcutsPage },
];
