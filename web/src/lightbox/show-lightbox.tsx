import { render } from "preact";
import type { FileRef } from "../../../src/client/index.ts";
import { Lightbox } from "./lightbox-dialog.tsx";

/** Shows images over the page until the user closes them. */
export function showLightbox(images: readonly FileRef[], at: number): void {
  const host = document.createElement("div");
  document.body.append(host);
  const close = (): void => {
    // The dialog returns the focus when it is closed, not when it is removed.
    host.querySelector("dialog")?.close();
    render(null, host);
    host.remove();
  };
  render(<Lightbox images={images} first={at} onClose={close} />, host);
}
