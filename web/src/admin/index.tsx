export function AdminPages(_props: { page: string }) {
  return null;
}
