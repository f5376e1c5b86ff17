import type { ComponentChildren } from "preact";

interface PageHeaderProps {
  title: string;
  /** What the page is for, in a sentence or two. */
  intro?: ComponentChildren;
  /** The buttons of the page. */
  children?: ComponentChildren;
}

/** The heading of a page of the administration. */
export const PageHeader = ({ title, intro, children }: PageHeaderProps) => (
  <header class="admin-header">
    <div class="grow">
      <h2>{title}</h2>
      {intro && <p class="muted">{intro}</p>}
    </div>
    {children && <div class="row wrap">{children}</div>}
  </header>
);
