/** The steps of the zoom, as multiples of the size that fits the page. */
const steps = [1, 1.5, 2, 3, 4, 6, 8] as const;

/** Returns the next step of the zoom in a direction. */
export function nextZoom(zoom: number, direction: 1 | -1): number {
  const larger = steps.find((step) => step > zoom) ?? zoom;
  const smaller = steps.findLast((step) => step < zoom) ?? 1;
  return direction === 1 ? larger : smaller;
}

/**
 * Returns the zoom of a click on an image that fits the page: to its own size, at least twice as large.
 *
 * @param naturalWidth in pixels of the image
 * @param fitWidth in CSS pixels
 */
export function fullZoom(naturalWidth: number, fitWidth: number): number {
  const own = fitWidth > 0 ? naturalWidth / fitWidth : 1;
  return Math.min(8, Math.max(2, own));
}

/** How far a finger must move to the side for the next image, in CSS pixels. */
const minSwipe = 48;

/** Returns the direction of a swipe: 1 for the next image, -1 for the previous one, 0 if it is none. */
export function swipeDirection(dx: number, dy: number): 1 | -1 | 0 {
  if (Math.abs(dx) < minSwipe || Math.abs(dx) < 2 * Math.abs(dy)) return 0;
  return dx < 0 ? 1 : -1;
}
