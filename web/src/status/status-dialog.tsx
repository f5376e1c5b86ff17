export function StatusDialog(_props: { onClose: () => void }) {
  return null;
}
