/** The paths of the icons, drawn in a box of 24 by 24. */
const paths = {
  add: "M12 5v14M5 12h14",
  archive: "M4 4h16v5H4zM6 9v11h12V9M10 13h4",
  arrowDown: "M12 5v14M6 13l6 6 6-6",
  at: "M16 8v5a3 3 0 0 0 6 0v-1a10 10 0 1 0-4 8M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0z",
  back: "M15 18l-6-6 6-6",
  bell: "M6 9a6 6 0 1 1 12 0c0 6 3 7 3 7H3s3-1 3-7M10 20a2 2 0 0 0 4 0",
  bellOff: "M6 9a6 6 0 0 1 9-5M18 10c0 5 3 6 3 6H8M6 11c0 4-3 5-3 5h5M10 20a2 2 0 0 0 4 0M3 3l18 18",
  bookmark: "M6 4h12v16l-6-4-6 4z",
  channel: "M9 4 7 20M17 4l-2 16M4 9h17M3 15h17",
  check: "M5 13l4 4L19 7",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3 2",
  close: "M6 6l12 12M18 6L6 18",
  code: "M8 7l-5 5 5 5M16 7l5 5-5 5",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  draft: "M4 20l4-1L19 8l-3-3L5 16zM14 7l3 3",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  edit: "M4 20h4L19 9l-4-4L4 16z",
  emoji: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8 14c1 2 2.500 3 4 3s3-1 4-3M9 9h.01M15 9h.01",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  forward: "M9 6l6 6-6 6",
  history: "M4 12a8 8 0 1 0 3-6M4 4v4h4M12 8v4l3 2",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 11v5M12 8h.01",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  list: "M4 6h16M4 12h16M4 18h16",
  lock: "M6 11h12v10H6zM8 11V8a4 4 0 0 1 8 0v3",
  logout: "M15 4h4v16h-4M10 8l-4 4 4 4M6 12h9",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  mute: "M4 9v6h4l5 4V5L8 9zM17 9l4 6M21 9l-4 6",
  people: "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8M2 21a7 7 0 0 1 14 0M16 3a4 4 0 0 1 0 8M22 21a7 7 0 0 0-4-6",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 21a8 8 0 0 1 16 0",
  pin: "M9 3h6l-1 6 4 4H6l4-4zM12 13v8",
  play: "M7 4l13 8-13 8z",
  reload: "M20 11a8 8 0 1 0-2 6M20 4v7h-7",
  reply: "M10 8V4L3 11l7 7v-4c6 0 9 2 11 6 0-7-4-12-11-12z",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l5 5",
  send: "M4 20l17-8L4 4l2 8zM6 12h8",
  settings:
    "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6M19 12l2-1-2-4-2 1-2-1V4h-4v3L9 8 7 7l-2 4 2 1-2 1 2 4 2-1 2 1v3h4v-3l2-1 2 1 2-4z",
  shield: "M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6z",
  thread: "M4 5h16v11h-9l-4 4v-4H4z",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  upload: "M12 20V9M7 13l5-5 5 5M5 4h14",
  zoomIn: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l5 5M11 8v6M8 11h6",
  zoomOut: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l5 5M8 11h6",
  warning: "M12 4l9 16H3zM12 10v4M12 17h.01",
} as const;

export type IconName = keyof typeof paths;

/** Draws an icon, hidden from screen readers: the control that contains it has the label. */
export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
    <path d={paths[name]} />
  </svg>
);

/** A button that shows an icon; `label` is its name. */
export function IconButton({
  icon,
  label,
  onClick,
  isPressed,
  isDisabled = false,
  ...more
}: {
  icon: IconName;
  label: string;
  onClick?: (event: MouseEvent) => void;
  isPressed?: boolean;
  isDisabled?: boolean;
  class?: string;
}) {
  return (
    <button
      type="button"
      class={`icon-button ${more.class ?? ""}`}
      aria-label={label}
      title={label}
      aria-pressed={isPressed}
      disabled={isDisabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
