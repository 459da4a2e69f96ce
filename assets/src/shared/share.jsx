// @ts-check
// A share button. JavaScript because only the browser can open the system's share sheet, and only from a press.

/**
 * Opens the share sheet of a phone, or elsewhere the dialog of the page.
 * @param {object} props
 * @param {string} props.url
 * @param {string} props.title
 * @param {string} [props.className]
 * @param {() => void} props.onOpen
 * @param {import("react").ReactNode} [props.children]
 */
export function ShareButton({ url, title, className, onOpen, children }) {
  const press = () => {
    const hasSheet = Boolean(navigator.share) && matchMedia("(pointer: coarse)").matches;
    if (!hasSheet) return onOpen();
    // Closing the sheet rejects the promise, and is no fault.
    return navigator.share({ title, url: url || location.origin + location.pathname }).catch(() => {});
  };
  return (
    <button type="button" className={className} onClick={press}>
      {children}
    </button>
  );
}
