import type { FileRef } from "../../../src/client/index.ts";

/** Shows images in full size, beginning with one of them. */
export function openLightbox(_images: readonly FileRef[], _at: number): void {}
