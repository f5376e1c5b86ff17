/**
 * Remembers what has the focus. Returns a function for when the part of the page that received it afterwards is removed: browsers do not return
 * the focus from an element that is removed.
 */
export function rememberFocus(): () => void {
  const previous = document.activeElement;
  return () => {
    const isLost = document.activeElement === null || document.activeElement === document.body;
    if (isLost && previous instanceof HTMLElement && previous.isConnected) previous.focus();
  };
}
