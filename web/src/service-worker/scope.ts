import { isPage } from "./handling.ts";

/** The global object of the service worker. */
export const scope = self as unknown as ServiceWorkerGlobalScope;

/** Returns the open pages of the application, the one with the focus first, then visible ones. */
export async function openPages(): Promise<WindowClient[]> {
  const all = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
  const rank = ({ focused, visibilityState }: WindowClient): number =>
    focused ? 0 : visibilityState === "visible" ? 1 : 2;
  return all
    .filter(({ url }) => isPage(new URL(url).pathname))
    .toSorted((one, other) => rank(one) - rank(other));
}
