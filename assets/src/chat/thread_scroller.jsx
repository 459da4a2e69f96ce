// @ts-check
// JavaScript because it follows the reader's scrolling.
import { useEffect, useRef, useState } from "react";

const NEAR_END_PX = 80;

/** @typedef {{ className: string, label: string, threadId: string, runningId: string }} Props */

/**
 * Keeps a thread scrolled to its end while text arrives, unless the reader has scrolled up.
 * @param {import("react").PropsWithChildren<Props>} props
 */
export function ThreadScroller({ children, className, label, threadId, runningId }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const isFollowing = useRef(true);
  const scrollTop = useRef(0);
  const [hasScrolledUp, setScrolledUp] = useState(false);
  const scrollToEnd = () => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  };
  useEffect(() => {
    const current = /** @type {HTMLDivElement} */ (box.current);
    const sizes = new ResizeObserver(() => {
      if (isFollowing.current) scrollToEnd();
    });
    sizes.observe(current);
    sizes.observe(/** @type {Element} */ (current.firstElementChild));
    const onScroll = () => {
      const isNear = current.scrollHeight - current.scrollTop - current.clientHeight < NEAR_END_PX;
      if (isNear) isFollowing.current = true;
      // by the reader: growing content never scrolls up
      else if (current.scrollTop < scrollTop.current - 4) isFollowing.current = false;
      scrollTop.current = current.scrollTop;
      setScrolledUp(!isFollowing.current && !isNear);
    };
    current.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      sizes.disconnect();
      current.removeEventListener("scroll", onScroll);
    };
  }, []);
  useEffect(() => {
    const linked = location.hash.startsWith("#m-") && document.getElementById(location.hash.slice(1));
    isFollowing.current = !linked;
    setScrolledUp(false);
    if (linked) {
      linked.scrollIntoView({ block: "center" });
      linked.focus({ preventScroll: true });
    } else scrollToEnd();
  }, [threadId]);
  useEffect(() => {
    if (runningId) {
      isFollowing.current = true;
      setScrolledUp(false);
      scrollToEnd();
    }
  }, [runningId]);
  return (
    <div className={`relative min-h-0 ${className}`}>
      <div
        ref={box}
        // Answers are drawn a moment after what is around them: nothing is shown before, so that nothing moves.
        className={
          "h-full overflow-y-auto overscroll-contain " + "has-[[aria-label=Answer]]:not-has-[[data-answer]]:opacity-0"
        }
        role="log"
        aria-live="off"
        aria-label={label}
        tabIndex={0}
        data-thread=""
      >
        <div>{children}</div>
      </div>
      {hasScrolledUp && (
        <button
          type="button"
          onClick={() => {
            isFollowing.current = true;
            scrollToEnd();
          }}
          className={
            "absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full bg-surface-3 border " +
            "border-line-strong px-4 min-h-[36px] text-[13px] text-text-1 cursor-pointer"
          }
        >
          Latest
        </button>
      )}
    </div>
  );
}
