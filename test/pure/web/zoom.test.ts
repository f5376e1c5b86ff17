import { expect, test } from "vitest";
import { fullZoom, nextZoom, swipeDirection } from "../../../web/src/lightbox/zoom.ts";

test("the zoom has steps, and ends at the fitted and at the largest size", () => {
  expect([1, 1.5, 2.5, 8].map((zoom) => nextZoom(zoom, 1))).toEqual([1.5, 2, 3, 8]);
  expect([1, 1.5, 2.5, 8].map((zoom) => nextZoom(zoom, -1))).toEqual([1, 1, 2, 6]);
});

test("a click enlarges an image to its own size, between twice and eight times", () => {
  expect(fullZoom(3_000, 1_000)).toBe(3);
  expect(fullZoom(500, 500)).toBe(2);
  expect(fullZoom(100_000, 500)).toBe(8);
  expect(fullZoom(500, 0)).toBe(2);
});

test("a swipe is long, and more to the side than up or down", () => {
  expect(swipeDirection(-80, 10)).toBe(1);
  expect(swipeDirection(80, -10)).toBe(-1);
  expect(swipeDirection(-80, 60)).toBe(0);
  expect(swipeDirection(-20, 0)).toBe(0);
});
