export function CreateChannel(_props: { onClose: () => void }) {
  return null;
}
