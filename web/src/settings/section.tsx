import type { ComponentChildren } from "preact";
import { useId } from "../lib/use-id.ts";

/** A part of a page of the settings, with its heading. */
export function Section({
  title,
  description,
  children,
}: {
  title: string;
  description?: ComponentChildren;
  children: ComponentChildren;
}) {
  const id = useId();
  return (
    <section class="settings-section" aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {description && <p class="muted">{description}</p>}
      {children}
    </section>
  );
}
