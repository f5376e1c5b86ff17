import { computed, signal } from "@preact/signals";

/** A page of the application. */
export type Route =
  | { name: "home" }
  | { name: "channel"; channelId: string; seq: number | null }
  | { name: "view"; view: View }
  | { name: "settings"; page: string }
  | { name: "admin"; page: string }
  | { name: "session"; page: SessionPage }
  | { name: "notFound" };

/** The views beside channels. */
export const views = [
  "threads",
  "activity",
  "saved",
  "later",
  "drafts",
  "browse",
  "people",
  "search",
] as const;
export type View = (typeof views)[number];

/** The pages that begin a session. The links of mails lead to some of them, with a token in the fragment; `sso` is where providers return to. */
const sessionPages = [
  "login",
  "second-factor",
  "register",
  "invite",
  "forgot-password",
  "reset-password",
  "confirm-email",
  "sso",
] as const;
export type SessionPage = (typeof sessionPages)[number];

/** What the pane beside the main view shows: `?pane=thread:chn_…:msg_…`. `seq` is the reply that a link leads to: `&reply=12`. */
export type Pane =
  | { kind: "thread"; channelId: string; messageId: string; seq?: number }
  | { kind: "profile"; userId: string }
  | { kind: "details"; channelId: string; tab: string };

const current = signal(new URL(location.href));

/** The address of the page. */
export const url = computed(() => current.value);
export const route = computed(() => parseRoute(current.value.pathname));
export const pane = computed(() => parsePane(current.value.searchParams, route.value));
/** The search of the view `search`. */
export const searchText = computed(() => current.value.searchParams.get("q") ?? "");

addEventListener("popstate", () => (current.value = new URL(location.href)));
addEventListener("click", followLink);

/** The addresses of pages. */
export const paths = {
  home: "/",
  channel: (channelId: string): string => `/c/${channelId}`,
  message: (channelId: string, seq: number): string => `/c/${channelId}/${seq}`,
  thread: (channelId: string, threadId: string): string =>
    `/c/${channelId}?pane=thread:${channelId}:${threadId}`,
  reply: (channelId: string, threadId: string, seq: number): string =>
    `${paths.thread(channelId, threadId)}&reply=${seq}`,
  view: (view: View): string => `/${view}`,
  search: (text: string): string => `/search?q=${encodeURIComponent(text)}`,
  settings: (page: string): string => `/settings/${page}`,
  admin: (page: string): string => `/admin/${page}`,
  /** `next`: the page to show once there is a session. */
  session: (page: SessionPage, next = "/"): string =>
    next === "/" ? `/${page}` : `/${page}?next=${encodeURIComponent(next)}`,
} as const;

/** Returns the page that the user wanted before they had to log in: `?next=`, if it is a page of this application. */
export function nextPath(): string {
  const wanted = url.peek().searchParams.get("next") ?? "/";
  const target = URL.parse(wanted, location.origin);
  // A path that begins with two slashes would be another origin.
  const isOwn = target?.origin === location.origin && !target.pathname.startsWith("//");
  return isOwn ? target.pathname + target.search : "/";
}

/** Goes to a page of the application. `replace`: the page that is left is not in the history. */
export function navigate(path: string, { replace = false }: { replace?: boolean } = {}): void {
  const target = new URL(path, location.origin);
  if (target.href === current.peek().href) return;
  history[replace ? "replaceState" : "pushState"](null, "", target);
  current.value = target;
}

/** Returns the address of the current page with other search parameters; null removes one. */
export function pathWithQuery(changes: Readonly<Record<string, string | null>>): string {
  const target = new URL(current.value);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) target.searchParams.delete(name);
    else target.searchParams.set(name, value);
  }
  return target.pathname + target.search;
}

/** Returns the address of the current page with a pane, or without. */
export const pathWithPane = (shown: Pane | null): string =>
  pathWithQuery({
    pane: shown && paneText(shown),
    reply: shown?.kind === "thread" && shown.seq !== undefined ? String(shown.seq) : null,
  });

export const openPane = (shown: Pane): void => navigate(pathWithPane(shown));
export const closePane = (): void => navigate(pathWithPane(null));

function paneText(shown: Pane): string {
  if (shown.kind === "thread") return `thread:${shown.channelId}:${shown.messageId}`;
  if (shown.kind === "profile") return `profile:${shown.userId}`;
  return `details:${shown.tab}`;
}

function parsePane(query: URLSearchParams, shownRoute: Route): Pane | null {
  const [kind, first = "", second = ""] = query.get("pane")?.split(":") ?? [];
  if (kind === "thread" && second) {
    const reply = query.get("reply") ?? "";
    return {
      kind,
      channelId: first,
      messageId: second,
      ...(/^\d{1,15}$/.test(reply) && { seq: Number(reply) }),
    };
  }
  if (kind === "profile" && first) return { kind, userId: first };
  if (kind === "details" && shownRoute.name === "channel")
    return { kind, channelId: shownRoute.channelId, tab: first || "about" };
  return null;
}

function parseRoute(path: string): Route {
  const [first = "", second = "", third = "", ...more] = path.split("/").slice(1);
  if (more.length > 0) return { name: "notFound" };
  if (first === "") return { name: "home" };
  if (first === "c" && second) {
    const seq = /^\d{1,15}$/.test(third) ? Number(third) : null;
    return { name: "channel", channelId: second, seq };
  }
  if (first === "settings" || first === "admin") return { name: first, page: second };
  const view = views.find((name) => name === first);
  if (view) return { name: "view", view };
  const page = sessionPages.find((name) => name === first);
  return page ? { name: "session", page } : { name: "notFound" };
}

/** Follows links to pages of the application without loading the document again. */
function followLink(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest?.("a[href]");
  if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute("download")) return;
  const target = new URL(link.href);
  if (target.origin !== location.origin || /^\/(?:v1|docs|hooks|slack|assets)\//.test(target.pathname))
    return;
  event.preventDefault();
  navigate(target.pathname + target.search + target.hash);
}
