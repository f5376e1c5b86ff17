/** A part of a page that has its own address. */
export interface TabLink {
  key: string;
  label: string;
  href: string;
}

/** Links to the parts of a page, one of which is shown. */
export const TabLinks = ({
  label,
  tabs,
  current,
}: {
  label: string;
  tabs: readonly TabLink[];
  current: string;
}) => (
  <nav class="tab-links" aria-label={label}>
    {tabs.map((tab) => (
      <a key={tab.key} href={tab.href} aria-current={tab.key === current ? "page" : undefined}>
        {tab.label}
      </a>
    ))}
  </nav>
);
