// @ts-check
// Shows the upload queue of a pack and takes files for it. JavaScript because dropped files and folders exist only in
// the browser; upload_queue.js sends them.
import Plus from "lucide-react/dist/esm/icons/plus.mjs";
import { useEffect, useRef } from "react";
import {
  API_DRAFTS,
  COVER_TYPES,
  PACK_MAX_BYTES,
  SOUND_FORMATS,
  UPLOAD_EXTENSIONS,
  UPLOAD_MAX_BYTES,
} from "../constants.js";
import { Icon } from "../shared/icon.jsx";
import { useStore } from "../shared/use_store.js";
import { isJunk, usePageDrop } from "../shared/page_drop.js";
import { addNote, store } from "./upload_items.js";
import * as queue from "./upload_queue.js";
import { Note, Row, Total } from "./upload_rows.jsx";
import { usePack } from "./use_pack.js";

const ACCEPT = ["audio/*", ...UPLOAD_EXTENSIONS.map((extension) => `.${extension}`)].join();
const PICTURE_EXTENSIONS = ["jpg", ...COVER_TYPES.map((type) => type.split("/")[1])];
const CHOOSE =
  "inline-flex w-full sm:w-auto items-center justify-center gap-2 min-h-[48px] sm:min-h-0 rounded-ctl " +
  "sm:rounded-none border border-control sm:border-0 active:bg-surface-4 sm:active:bg-transparent cursor-pointer " +
  "sm:lowercase sm:underline sm:underline-offset-4 sm:py-3 sm:-my-3 hover:text-text-1";
const FRAME =
  "grid gap-3 sm:flex sm:items-center sm:justify-center sm:gap-8 sm:rounded-sheet sm:border sm:border-dashed " +
  "sm:border-control sm:px-6 data-[over]:sm:border-solid data-[over]:sm:border-amber data-[over]:sm:bg-amber-tint " +
  "transition-[background-color,border-color] duration-[140ms]";

/** @param {File} file */
const isPicture = (file) => PICTURE_EXTENSIONS.includes(file.name.toLowerCase().split(".").at(-1) ?? "");

/**
 * @param {string} pack
 * @param {File} file
 * @param {() => void} [onCoverStored]
 */
async function sendCover(pack, file, onCoverStored) {
  const answer = await fetch(`${API_DRAFTS}/${pack}/cover`, { method: "PUT", body: file }).catch(() => null);
  if (answer?.ok) return onCoverStored?.();
  const problem = await answer?.json().catch(() => null);
  addNote(pack, problem?.detail ?? "The cover upload failed. Drop it again.", [file.name]);
}

/**
 * Take sounds into the queue and one picture as the cover.
 * @param {string} pack
 * @param {File[]} files
 * @param {() => void} [onCoverStored]
 */
function acceptFiles(pack, files, onCoverStored) {
  const ours = files.filter((file) => !isJunk(file.name));
  const pictures = ours.filter(isPicture);
  const cover = pictures.find((file) => /cover|front|art/i.test(file.name)) ?? pictures[0];
  const others = pictures.filter((file) => file !== cover).map((file) => file.name);
  if (cover) sendCover(pack, cover, onCoverStored);
  if (others.length) addNote(pack, `A pack has one cover; ${cover.name} was used.`, others);
  const sounds = ours.filter((file) => !isPicture(file));
  if (sounds.length) queue.add(pack, sounds);
}

/**
 * @param {object} props
 * @param {string} props.label
 * @param {boolean} [props.isOver]
 * @param {boolean} [props.isSmall]
 * @param {() => void} props.onChoose
 * @param {import("react").ReactNode} [props.children]
 */
export function DropTarget({ label, isOver, isSmall, onChoose, children }) {
  return (
    <div
      role="group"
      aria-label={label}
      data-over={isOver || undefined}
      className={`${FRAME} ${isSmall ? "sm:min-h-[136px]" : "sm:min-h-[200px]"}`}
    >
      <div className="hidden sm:block shrink-0 [&>svg]:size-[80px]">{children}</div>
      <div>
        <p className="font-semibold text-[16px] leading-[22px]">
          <span className="hidden sm:inline">{label}, or </span>
          <button type="button" aria-label="Choose files" onClick={onChoose} className={CHOOSE}>
            <Icon of={Plus} className="sm:hidden" />
            Choose files
          </button>
        </p>
        <p className="text-[13px] leading-[18px] text-text-3 mt-2 sm:mt-0.5">
          {SOUND_FORMATS}. Up to {UPLOAD_MAX_BYTES / 2 ** 20}&nbsp;MB a file, {PACK_MAX_BYTES / 2 ** 30}
          &nbsp;GB a&nbsp;pack.
        </p>
      </div>
    </div>
  );
}

/**
 * Takes sounds for a pack: dropped anywhere on the page, pasted or chosen; shows how they are sent.
 * @param {object} props
 * @param {string} props.pack Empty while there is none.
 * @param {string} [props.label]
 * @param {string[]} [props.listed] Uploads that the page lists itself.
 * @param {(uploadId: string | null, name: string) => void} [props.onStored]
 * @param {() => void} [props.onCoverStored]
 * @param {() => void} [props.onNeedPack]
 * @param {string} [props.className]
 * @param {import("react").ReactNode} [props.children]
 */
export function Uploader({
  pack,
  label = "Drop audio here",
  listed,
  onStored,
  onCoverStored,
  onNeedPack,
  className,
  children,
}) {
  const all = useStore(store, (s) => s.items);
  const notes = useStore(store, (s) => s.notes);
  const announcement = useStore(store, (s) => s.announcement);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const items = all.filter((item) => item.pack === pack);
  const shown = items.filter((item) => !item.isListed);
  const ours = notes.filter((one) => one.pack === pack);
  const withPack = usePack(pack, onNeedPack);
  const accept = (/** @type {File[]} */ files) => {
    if (files.length) withPack((known) => acceptFiles(known, files, onCoverStored));
  };
  const choose = useRef(() => input.current?.click()).current;
  const isOver = usePageDrop(accept);
  useEffect(() => {
    if (pack || !onNeedPack) queue.restore(pack); // a pack that does not exist yet has none
  }, [pack]);
  useEffect(() => {
    queue.markListed(listed ?? []);
  }, [listed, all]);
  useEffect(() => {
    const news = items.filter((item) => item.status === "stored" && !item.isReported);
    news.forEach((item) => {
      queue.markReported(item.id);
      onStored?.(item.uploadId, item.name);
    });
  }, [all]);
  const picked = (/** @type {import("react").ChangeEvent<HTMLInputElement>} */ event) => {
    const files = [...(event.target.files ?? [])];
    event.target.value = "";
    accept(files);
  };
  return (
    <div className={className}>
      <DropTarget label={label} isOver={isOver} isSmall={shown.length > 0 || Boolean(listed?.length)} onChoose={choose}>
        {children}
      </DropTarget>
      <input ref={input} type="file" multiple accept={ACCEPT} onChange={picked} hidden aria-label={label} />
      {ours.length > 0 && (
        <div className="mt-4 border-t border-line">
          {ours.map((one) => (
            <Note key={one.id} {...one} />
          ))}
        </div>
      )}
      {shown.length > 0 && (
        <div className="mt-4 sm:mt-6">
          <Total pack={pack} items={items} />
          <ul aria-label="Uploads">
            {shown.map((item) => (
              <Row key={item.id} item={item} onChoose={choose} />
            ))}
          </ul>
        </div>
      )}
      <p role="status" className="sr-only">
        {announcement}
      </p>
      {isOver && <div aria-hidden="true" className="fixed inset-0 z-50 pointer-events-none border-2 border-amber" />}
    </div>
  );
}
