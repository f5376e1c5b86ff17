import { qrMatrix } from "./qr-matrix.ts";

/** The light border that scanners need, in modules. */
const border = 4;

/** Shows a text as a QR code; nothing if it is too long for one. It is dark on light in both themes, since not all scanners read the reverse. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const matrix = matrixOf(text);
  if (!matrix) return null;
  const size = matrix.length + 2 * border;
  const path = matrix
    .flatMap((row, y) => row.map((value, x) => (value === 1 ? `M${x + border} ${y + border}h1v1h-1z` : "")))
    .join("");
  return (
    <svg
      class="qr-code"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <rect width={size} height={size} fill="#ffffff" />
      <path d={path} fill="#000000" />
    </svg>
  );
}

function matrixOf(text: string): number[][] | undefined {
  try {
    return qrMatrix(text);
  } catch {
    return undefined;
  }
}
