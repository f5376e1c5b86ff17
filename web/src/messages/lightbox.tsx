import type { FileRef } from "../../../src/client/index.ts";
import { loadModule } from "../ui/lazy.tsx";

/** Shows images in full size, beginning with one of them. */
export function openLightbox(images: readonly FileRef[], at: number): void {
  void loadModule(() => import("../lightbox/show-lightbox.tsx")).then((module) =>
    module?.showLightbox(images, at),
  );
}
