export function SettingsPages(_props: { page: string }) {
  return null;
}
