import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { nextPath, paths, type SessionPage } from "../router.ts";

/** The frame of the pages without a session. */
export function SessionLayout({ title, children }: { title: string; children: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · Parley`;
  }, [title]);
  return (
    <main class="session-page">
      <div class="session-card">
        <p class="session-brand">
          <img src="/icon.svg" alt="" width={32} height={32} />
          Parley
        </p>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}

/** A link to another of these pages, which keeps the page that the user wanted. */
export const SessionLink = ({
  to,
  class: classes,
  children,
}: {
  to: SessionPage;
  class?: string;
  children: ComponentChildren;
}) => (
  <a class={classes} href={paths.session(to, nextPath())}>
    {children}
  </a>
);

/** Says what happened, and leads to the login. */
export const LoginHint = ({ children }: { children: ComponentChildren }) => (
  <div class="stack" role="status">
    <div>{children}</div>
    <SessionLink to="login" class="button primary">
      Go to the login
    </SessionLink>
  </div>
);
