import type { FileRef } from "../../../src/client/index.ts";
import { showOverlay } from "../ui/overlays.ts";
import { Lightbox } from "./lightbox-dialog.tsx";

/** Shows images over the page until the user closes them. */
export const showLightbox = (images: readonly FileRef[], at: number): void =>
  showOverlay((close) => <Lightbox images={images} first={at} onClose={close} />);
