import { useEffect, useState } from "preact/hooks";
import { paths } from "../router.ts";
import { type AdminPage, pageGroups } from "./pages.ts";

/** The list of pages. On a phone it is above the page, and opened by a button. */
export function AdminNav({ current }: { current: AdminPage | undefined }) {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [current]);
  return (
    <nav class={`admin-nav ${isOpen ? "open" : ""}`} aria-label="Administration">
      <button
        type="button"
        class="button admin-nav-toggle"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {current?.label ?? "Pages"} ▾
      </button>
      <div class="admin-nav-groups">
        {pageGroups.map(({ label, pages }) => (
          <ul key={label} class="sidebar-list" aria-label={label}>
            <li class="admin-nav-label" aria-hidden="true">
              {label}
            </li>
            {pages.map((page) => (
              <li key={page.name}>
                <a
                  class="sidebar-link"
                  href={paths.admin(page.name)}
                  aria-current={page === current ? "page" : undefined}
                >
                  {page.label}
                </a>
              </li>
            ))}
          </ul>
        ))}
      </div>
    </nav>
  );
}
