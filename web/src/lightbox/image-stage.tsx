import type { Ref } from "preact";
import { useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { FileRef } from "../../../src/client/index.ts";
import { contentUrl } from "../messages/files.tsx";
import { EmptyState, Spinner } from "../ui/states.tsx";
import { fullZoom, nextZoom, swipeDirection } from "./zoom.ts";

/** What the keys of the dialog do with the image. */
export interface StageHandle {
  /** Enlarges (1) or reduces (-1) the image by one step, or fits it to the page (0). */
  zoom: (direction: 1 | -1 | 0) => void;
  /** Moves an enlarged image by a key. Returns whether the key was one that does. */
  scroll: (key: string) => boolean;
}

interface ImageStageProps {
  image: FileRef;
  onZoom: (isZoomed: boolean) => void;
  /** Called for a swipe: 1 for the next image, -1 for the previous one. */
  onMove: (step: 1 | -1) => void;
  /** Called for a click beside the image. */
  onClose: () => void;
  ref?: Ref<StageHandle>;
}

/** How far an arrow key moves an enlarged image, in CSS pixels. */
const scrollStep = 80;
/** A press that moves less than this is a click, in CSS pixels. */
const clickTolerance = 6;

/** One image, fitted to the page or enlarged; then the page scrolls below it, by touch, wheel, keys, or by dragging. */
export function ImageStage({ image, onZoom, onMove, onClose, ref }: ImageStageProps) {
  const stage = useRef<HTMLDivElement>(null);
  const picture = useRef<HTMLImageElement>(null);
  const press = useRef<{ x: number; y: number; left: number; top: number; hasMoved: boolean } | null>(null);
  const [state, setState] = useState<"loading" | "ready" | "failed">("loading");
  const [zoom, setZoom] = useState(1);
  /** The width at which the image fits, and the part of it that stays in the middle: each as a share from 0 to 1. */
  const fit = useRef({ width: 0, x: 0.5, y: 0.5 });

  const zoomTo = (target: number, x = 0.5, y = 0.5): void => {
    const element = picture.current;
    if (!element || state !== "ready") return;
    if (zoom === 1) fit.current.width = element.getBoundingClientRect().width;
    Object.assign(fit.current, { x, y });
    setZoom(target);
    onZoom(target !== 1);
  };
  useEffect(() => onZoom(false), []);
  useLayoutEffect(() => {
    const element = stage.current;
    if (!element) return;
    const { x, y } = fit.current;
    element.scrollLeft = x * element.scrollWidth - element.clientWidth / 2;
    element.scrollTop = y * element.scrollHeight - element.clientHeight / 2;
  }, [zoom]);
  useImperativeHandle(ref ?? null, () => ({
    zoom: (direction) => zoomTo(direction === 0 ? 1 : nextZoom(zoom, direction)),
    scroll: (key) => {
      const [left = 0, top = 0] =
        {
          ArrowLeft: [-scrollStep, 0],
          ArrowRight: [scrollStep, 0],
          ArrowUp: [0, -scrollStep],
          ArrowDown: [0, scrollStep],
        }[key] ?? [];
      stage.current?.scrollBy({ left, top });
      return left !== 0 || top !== 0;
    },
  }));

  const onPointerDown = (event: PointerEvent): void => {
    const element = stage.current;
    if (!element || event.button !== 0) return;
    press.current = {
      x: event.clientX,
      y: event.clientY,
      left: element.scrollLeft,
      top: element.scrollTop,
      hasMoved: false,
    };
  };
  const onPointerMove = (event: PointerEvent): void => {
    const started = press.current;
    const element = stage.current;
    if (!started || !element) return;
    // The button was released outside of the page.
    if (event.buttons === 0) return void (press.current = null);
    const [dx, dy] = [event.clientX - started.x, event.clientY - started.y];
    if (Math.hypot(dx, dy) > clickTolerance) started.hasMoved = true;
    // The platform itself scrolls by touch.
    if (event.pointerType !== "mouse" || zoom === 1) return;
    element.scrollLeft = started.left - dx;
    element.scrollTop = started.top - dy;
  };
  const onPointerUp = (event: PointerEvent): void => {
    const started = press.current;
    press.current = null;
    if (!started) return;
    const element = picture.current;
    if (started.hasMoved) {
      const direction = swipeDirection(event.clientX - started.x, event.clientY - started.y);
      if (zoom === 1 && event.pointerType !== "mouse" && direction !== 0) onMove(direction);
    } else if (event.target === stage.current) onClose();
    else if (element && event.target === element) {
      if (zoom !== 1) return zoomTo(1);
      const { left, top, width, height } = element.getBoundingClientRect();
      const [x, y] = [(event.clientX - left) / width, (event.clientY - top) / height];
      zoomTo(fullZoom(image.width ?? width, width), x, y);
    }
  };

  return (
    <div
      ref={stage}
      class={`lightbox-stage ${zoom === 1 ? "" : "zoomed"}`}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={() => (press.current = null)}
    >
      {state === "failed" ? (
        <EmptyState title="The image could not be loaded">
          <button type="button" class="button" onClick={() => setState("loading")}>
            Try again
          </button>
        </EmptyState>
      ) : (
        <img
          ref={picture}
          src={contentUrl(image)}
          alt={image.name}
          draggable={false}
          style={zoom === 1 ? undefined : { width: `${fit.current.width * zoom}px` }}
          onLoad={() => setState("ready")}
          onError={() => setState("failed")}
        />
      )}
      {state === "loading" && <Spinner label="Loading the image" />}
    </div>
  );
}
