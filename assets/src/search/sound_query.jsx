// @ts-check
// Search with a sound: dropped anywhere on the page, chosen, or recorded. JavaScript because files and the microphone
// are in the browser. Its dialog is loaded when it is first opened.
import { Suspense, lazy, useRef, useState } from "react";
import { usePageDrop } from "../shared/page_drop.js";

const SoundQueryDialog = lazy(() => import("./sound_query_dialog.jsx"));

/** @param {import("react").PropsWithChildren<{ className: string, buttonClassName: string }>} props */
export function SoundQuery({ className, children, buttonClassName }) {
  const [opened, setOpened] = useState(/** @type {{ file: File | null } | null} */ (null)); // while the dialog is open
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const isVisible = () => Boolean(button.current?.offsetParent); // a page may have one for phones and one for desktops
  const isOver = usePageDrop(([file]) => file && setOpened({ file }), isVisible);
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        title="Search with a sound"
        onClick={() => setOpened({ file: null })}
      >
        {children}
      </button>
      {isOver && (
        <div className="fixed inset-0 z-50 grid place-items-center bg-base/[.88] pointer-events-none" role="status">
          <p className="rounded-sheet border border-amber px-8 py-6 text-[20px] font-semibold">
            Drop a sound to find others like it
          </p>
        </div>
      )}
      {opened && (
        <Suspense>
          <SoundQueryDialog file={opened.file} onClose={() => setOpened(null)} buttonClassName={buttonClassName} />
        </Suspense>
      )}
    </>
  );
}
