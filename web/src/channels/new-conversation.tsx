export function NewConversation(_props: { onClose: () => void }) {
  return null;
}
