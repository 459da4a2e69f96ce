// @ts-check
// Search with a sound: dropped anywhere on the page, chosen, or recorded. JavaScript because files and the microphone
// are in the browser. Its dialog is loaded when it is first opened.
import { Suspense, lazy, useEffect, useState } from "react";

const SoundQueryDialog = lazy(() => import("./sound_query_dialog.jsx"));

const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

/** Call back with a file that is dropped on the page; returns whether files are dragged over it. */
function usePageDrop(onFile) {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const over = (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event) => {
      if (!event.relatedTarget) setOver(false);
    };
    const drop = (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      const [file] = event.dataTransfer.files;
      if (file) onFile(file);
    };
    const handlers = { dragover: over, dragleave: leave, drop };
    for (const [name, handler] of Object.entries(handlers)) addEventListener(name, handler);
    return () => {
      for (const [name, handler] of Object.entries(handlers)) removeEventListener(name, handler);
    };
  }, []);
  return isOver;
}

export function SoundQuery({ className, children, buttonClassName }) {
  const [opened, setOpened] = useState(null); // { file } while the dialog is open
  const isOver = usePageDrop((file) => setOpened({ file }));
  return (
    <>
      <button type="button" className={className} title="Search with a sound" onClick={() => setOpened({ file: null })}>
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
