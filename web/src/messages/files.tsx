import type { FileRef } from "../../../src/client/index.ts";
import { Icon } from "../ui/icon.tsx";
import { openLightbox } from "./lightbox.tsx";

/** The largest size in which an image is shown in a channel, in CSS pixels. */
const maxWidth = 420;
const maxHeight = 320;

export const contentUrl = ({ id }: Pick<FileRef, "id">): string => `/v1/files/${id}/content`;

/** Pixels of the images of one message that are shown in place: each takes four bytes of memory while it is visible, however small it is shown. */
const maxPixels = 64_000_000;

/** Returns the images that are shown in place: the first ones, up to `maxPixels`. */
function shownImages(files: readonly FileRef[]): FileRef[] {
  let pixels = 0;
  return files.filter((file) => {
    if (!isImage(file)) return false;
    pixels += (file.width ?? 0) * (file.height ?? 0);
    return pixels <= maxPixels;
  });
}

/** The files of a message: images and players in place, others as links. */
export function Files({ files }: { files: readonly FileRef[] }) {
  const images = shownImages(files);
  return (
    <div class="files">
      {files.map((file) =>
        images.includes(file) ? (
          <ImageFile key={file.id} file={file} onOpen={() => openLightbox(images, images.indexOf(file))} />
        ) : file.type.startsWith("video/") ? (
          <figure key={file.id} class="media">
            <video controls preload="metadata" src={contentUrl(file)} aria-label={file.name} />
            <figcaption class="small">
              <FileLink file={file} />
            </figcaption>
          </figure>
        ) : file.type.startsWith("audio/") ? (
          <figure key={file.id} class="media">
            <audio controls preload="none" src={contentUrl(file)} aria-label={file.name} />
            <figcaption class="small">
              <FileLink file={file} />
            </figcaption>
          </figure>
        ) : (
          <FileLink key={file.id} file={file} />
        ),
      )}
    </div>
  );
}

const isImage = ({ type, width }: FileRef): boolean =>
  width !== undefined && /^image\/(?:png|jpeg|gif|webp|avif)$/.test(type);

/** The size is known before the bytes arrive, so that the list does not move. */
function ImageFile({ file, onOpen }: { file: FileRef; onOpen: () => void }) {
  const { width = maxWidth, height = maxHeight, name } = file;
  const scale = Math.min(1, maxWidth / width, maxHeight / height);
  return (
    <button type="button" class="image-file" aria-label={`Open ${name}`} onClick={onOpen}>
      <img
        src={contentUrl(file)}
        alt={name}
        loading="lazy"
        width={Math.max(24, Math.round(width * scale))}
        height={Math.max(24, Math.round(height * scale))}
      />
    </button>
  );
}

export const FileLink = ({ file }: { file: FileRef }) => (
  <a class="file-link" href={contentUrl(file)} download={file.name} dir="auto">
    <Icon name="file" />
    <span class="truncate">{file.name}</span>
    <span class="muted small">{sizeText(file.sizeBytes)}</span>
  </a>
);

const units = ["kB", "MB", "GB", "TB"] as const;

/** Returns a size for people: 3.4 MB. */
export function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1_000 ** power;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[power - 1]}`;
}
