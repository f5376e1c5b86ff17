import { useEffect, useRef, useState } from "preact/hooks";
import { useId } from "../lib/use-id.ts";
import type { FileRef } from "../../../src/client/index.ts";
import { contentUrl, sizeText } from "../messages/files.tsx";
import { Icon, IconButton } from "../ui/icon.tsx";
import { useOpenDialog } from "../ui/open-dialogs.ts";
import { Toasts } from "../ui/toasts.tsx";
import { ImageStage, type StageHandle } from "./image-stage.tsx";

interface LightboxProps {
  images: readonly FileRef[];
  /** The index of the image that is shown first. */
  first: number;
  onClose: () => void;
}

/** A dialog over the whole page with one image at a time. Arrow keys change the image, or move an enlarged one; + and - zoom. */
export function Lightbox({ images, first, onClose }: LightboxProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const stage = useRef<StageHandle>(null);
  const [at, setAt] = useState(first);
  const [isZoomed, setZoomed] = useState(false);
  const titleId = useId();
  const image = images[at];
  useOpenDialog(titleId, image !== undefined);
  useEffect(() => dialog.current?.showModal(), []);
  useNeighbours(images, at);
  if (!image) return null;

  /** Behind the last image follows the first one. */
  const move = (step: number): void => setAt((before) => (before + step + images.length) % images.length);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => move(-1),
      ArrowRight: () => move(1),
      Home: () => setAt(0),
      End: () => setAt(images.length - 1),
      "+": () => stage.current?.zoom(1),
      "=": () => stage.current?.zoom(1),
      "-": () => stage.current?.zoom(-1),
      "0": () => stage.current?.zoom(0),
    };
    // An enlarged image is moved instead.
    if (isZoomed && stage.current?.scroll(event.key)) return event.preventDefault();
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  return (
    <dialog
      ref={dialog}
      class="lightbox"
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={onKeyDown}
    >
      <header class="lightbox-header">
        <div class="grow">
          <h2 id={titleId} class="truncate" dir="auto">
            {image.name}
          </h2>
          <p class="small truncate" role="status">
            {images.length > 1 && `${at + 1} of ${images.length} · `}
            {image.width !== undefined && `${image.width} × ${image.height} · `}
            {sizeText(image.sizeBytes)}
          </p>
        </div>
        <IconButton
          icon={isZoomed ? "zoomOut" : "zoomIn"}
          label={isZoomed ? "Fit to the page" : "Enlarge"}
          onClick={() => stage.current?.zoom(isZoomed ? 0 : 1)}
        />
        <a
          class="icon-button"
          href={contentUrl(image)}
          download={image.name}
          aria-label={`Download ${image.name}`}
          title="Download"
        >
          <Icon name="download" />
        </a>
        <IconButton icon="close" label="Close" onClick={onClose} />
      </header>
      <ImageStage
        key={image.id}
        ref={stage}
        image={image}
        onZoom={setZoomed}
        onMove={move}
        onClose={onClose}
      />
      {images.length > 1 && (
        <>
          <IconButton class="lightbox-previous" icon="back" label="Previous image" onClick={() => move(-1)} />
          <IconButton class="lightbox-next" icon="forward" label="Next image" onClick={() => move(1)} />
        </>
      )}
      <Toasts dialogId={titleId} />
    </dialog>
  );
}

/** Loads the images beside the shown one, so that they appear at once. */
function useNeighbours(images: readonly FileRef[], at: number): void {
  useEffect(() => {
    for (const neighbour of [images[at + 1], images[at - 1]])
      if (neighbour) new Image().src = contentUrl(neighbour);
  }, [images, at]);
}
