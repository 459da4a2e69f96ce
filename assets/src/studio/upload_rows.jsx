// @ts-check
// The rows of the upload queue: one for each file, the total, and notes on files that were left out.
import Check from "lucide-react/dist/esm/icons/check.mjs";
import CircleAlert from "lucide-react/dist/esm/icons/circle-alert.mjs";
import Clock from "lucide-react/dist/esm/icons/clock.mjs";
import Pause from "lucide-react/dist/esm/icons/pause.mjs";
import Play from "lucide-react/dist/esm/icons/play.mjs";
import Plus from "lucide-react/dist/esm/icons/plus.mjs";
import RotateCw from "lucide-react/dist/esm/icons/rotate-cw.mjs";
import Upload from "lucide-react/dist/esm/icons/upload.mjs";
import WifiOff from "lucide-react/dist/esm/icons/wifi-off.mjs";
import X from "lucide-react/dist/esm/icons/x.mjs";
import { memo } from "react";
import { fileSize, partOfSize, plural, timeLeft } from "../shared/format.js";
import { Icon } from "../shared/icon.jsx";
import { dismissNote, isBusy } from "./upload_items.js";
import * as queue from "./upload_queue.js";

const MAX_NAMES = 3;
const ACTION =
  "inline-grid place-items-center size-[44px] rounded-ctl text-text-2 hover:text-text-1 hover:bg-surface-2 " +
  "active:bg-surface-4 cursor-pointer shrink-0 transition-[color,background-color] duration-[140ms]";
const ROW =
  "relative border-b border-line grid items-center gap-x-3 grid-cols-[minmax(0,1fr)_auto] " +
  "sm:grid-cols-[40px_minmax(0,1fr)_auto] md:grid-cols-[40px_248px_minmax(0,1fr)_auto_auto] " +
  "min-h-[76px] sm:min-h-[64px] py-1.5";
const ALL =
  "ml-auto sm:ml-0 -mr-3 min-h-[44px] px-3 rounded-ctl font-semibold text-text-2 hover:text-text-1 " +
  "hover:bg-surface-2 cursor-pointer whitespace-nowrap";

/** @type {Record<string, string>} */
const COLOURS = { failed: "text-bad", stored: "text-ok" };
/** @type {Record<string, string>} */
const WORDS = { waiting: "Waiting", broken: "Waiting for the connection", stored: "Uploaded" };
/** @type {Record<Item["status"], import("react").ComponentType<any>>} */
const STATUS_ICONS = {
  waiting: Clock,
  sending: Upload,
  stopped: Upload,
  broken: WifiOff,
  paused: Pause,
  stored: Check,
  failed: CircleAlert,
};

/** @typedef {import("./upload_items.js").Item} Item */

/** @param {{ icon: import("react").ComponentType<any>, label: string, onClick: () => void }} props */
const ActionButton = ({ icon, label, onClick }) => (
  <button type="button" onClick={onClick} aria-label={label} title={label} className={ACTION}>
    <Icon of={icon} />
  </button>
);

/** @param {{ share: number, label: string, text: string, className: string }} props */
function ProgressLine({ share, label, text, className }) {
  const values = {
    "aria-valuemin": 0,
    "aria-valuemax": 100,
    "aria-valuenow": Math.floor(share * 100),
    "aria-valuetext": text,
  };
  return (
    <div role="progressbar" aria-label={label} {...values} className={`h-[2px] ${className}`}>
      <div className="h-full origin-left bg-text-1" style={{ transform: `scaleX(${share})` }} />
    </div>
  );
}

/** @param {number} [speed] Bytes per second. */
const formatSpeed = (speed) => (speed ? `${fileSize(speed)}/s` : "");

/** @param {{ item: Item }} props */
function Status({ item }) {
  const { status, sent, size, speed = 0, problem } = item;
  if (status === "failed" && problem)
    return (
      <span className="text-bad">
        {problem.sentence}
        {problem.link && (
          <>
            {" "}
            <a
              href={problem.link.href}
              target="_blank"
              rel="noreferrer"
              className="underline underline-offset-2 text-text-1 inline-block py-1"
            >
              {problem.link.text}
            </a>
          </>
        )}
      </span>
    );
  if (status === "stopped") return `Stopped at ${partOfSize(sent, size)}. Choose the file again to continue.`;
  if (status === "paused") return sent ? `Paused at ${partOfSize(sent, size)}` : "Paused";
  if (status !== "sending") return WORDS[status];
  if (sent === size) return "Finishing";
  return (
    <>
      Uploading, {partOfSize(sent, size)}
      {speed > 0 && (
        <span className="md:hidden">
          <span className="hidden sm:inline">, {formatSpeed(speed)}</span>, {timeLeft((size - sent) / speed)}
        </span>
      )}
    </>
  );
}

/** One file. It renders again only when its own item is another one. */
export const Row = memo(function Row(/** @type {{ item: Item, onChoose: () => void }} */ { item, onChoose }) {
  const { id, name, status, sent, size, speed = 0 } = item;
  const share = sent / size;
  const isWide = ["failed", "stopped"].includes(status);
  const facts =
    status === "sending" && speed > 0 && sent < size ? [formatSpeed(speed), timeLeft((size - sent) / speed)] : ["", ""];
  const spoken = [`Uploading, ${partOfSize(sent, size)}`, ...facts.filter(Boolean)].join(", ");
  return (
    <li data-upload={status} className={ROW}>
      <span className={`hidden sm:grid place-items-center ${COLOURS[status] ?? "text-text-2"}`}>
        <Icon of={STATUS_ICONS[status]} />
      </span>
      <div className={`min-w-0 ${isWide ? "md:col-span-3" : ""}`}>
        <p className="truncate font-semibold" title={name} dir="auto">
          {name}
        </p>
        <p className={`text-[13px] leading-[18px] text-text-2 tabular-nums ${isWide ? "" : "truncate"}`}>
          <Status item={item} />
        </p>
      </div>
      {!isWide && (
        <>
          <span
            aria-hidden="true"
            className={
              "hidden md:block h-[2px] " +
              "bg-[radial-gradient(circle,var(--wave-idle)_1px,transparent_1px)] bg-[length:4px_2px]"
            }
          />
          <span aria-hidden="true" className="hidden md:grid grid-cols-[80px_80px] gap-3 text-right">
            {facts.map((fact, index) => (
              <span key={index} className="fact">
                {fact}
              </span>
            ))}
          </span>
        </>
      )}
      <div className="flex justify-end min-w-[88px] -mr-3 sm:mr-0">
        {isBusy(item) && <ActionButton icon={Pause} label={`Pause ${name}`} onClick={() => queue.pause(id)} />}
        {status === "paused" && <ActionButton icon={Play} label={`Resume ${name}`} onClick={() => queue.resume(id)} />}
        {status === "failed" && !item.problem?.isFinal && (
          <ActionButton icon={RotateCw} label={`Retry ${name}`} onClick={() => queue.resume(id)} />
        )}
        {status === "stopped" && <ActionButton icon={Plus} label={`Choose ${name} again`} onClick={onChoose} />}
        {status !== "stored" && <ActionButton icon={X} label={`Cancel ${name}`} onClick={() => queue.cancel(id)} />}
      </div>
      {status !== "stored" && sent > 0 && (
        <ProgressLine
          share={share}
          label={`Uploading ${name}`}
          text={spoken}
          className={`absolute inset-x-0 -bottom-px ${status === "sending" ? "" : "opacity-50"}`}
        />
      )}
    </li>
  );
});

/**
 * How many files and bytes there are, how far they are, and the way to hold all of them.
 * @param {{ pack: string, items: Item[] }} props
 */
export function Total({ pack, items }) {
  const sum = (/** @type {Item[]} */ some, /** @type {(item: Item) => number | undefined} */ value) =>
    some.reduce((total, item) => total + (value(item) || 0), 0);
  const busy = items.filter(isBusy);
  const isActive = busy.length > 0;
  const size = sum(items, (item) => item.size);
  const sent = sum(items, (item) => item.sent);
  const stored = items.filter((item) => item.status === "stored").length;
  const speed = sum(busy, (item) => item.speed);
  const isPaused = !isActive && items.some((item) => item.status === "paused");
  const pace =
    speed > 0 ? `${formatSpeed(speed)}, ${timeLeft(sum(busy, (item) => item.size - item.sent) / speed)}` : "";
  return (
    <div className="relative flex items-center gap-x-4 min-h-[52px]">
      <p className="text-[20px] leading-[26px] font-semibold tracking-[-0.01em] whitespace-nowrap">
        {plural(items.length, "file")}
      </p>
      <p className="fact">{fileSize(size)}</p>
      {stored > 0 && (
        <p className="text-[13px] leading-[18px] text-text-2 whitespace-nowrap">
          {stored.toLocaleString("en")} uploaded
        </p>
      )}
      <p className="fact ml-auto hidden sm:block">{pace}</p>
      {(isActive || isPaused) && (
        <button type="button" onClick={() => (isActive ? queue.pauseAll : queue.resumeAll)(pack)} className={ALL}>
          {isActive ? "Pause all" : "Resume all"}
        </button>
      )}
      {isActive && (
        <ProgressLine
          share={sent / size}
          label="Uploading all files"
          text={[partOfSize(sent, size), pace].filter(Boolean).join(", ")}
          className="absolute inset-x-0 bottom-0 bg-line"
        />
      )}
    </div>
  );
}

/** @param {import("./upload_items.js").Note} props */
export function Note({ id, names, reason }) {
  const more = names.length - MAX_NAMES;
  return (
    <div className="flex items-start gap-3 bg-surface-1 border-b border-line pl-3 py-1.5" data-note="">
      <Icon of={CircleAlert} className="text-warn mt-3 shrink-0" />
      <p className="min-w-0 grow py-3 text-[13px] leading-[20px] text-text-2 [overflow-wrap:anywhere]">
        <span className="font-semibold text-text-1">
          {names.slice(0, MAX_NAMES).join(", ")}
          {more > 0 && ` and ${more} more`}
        </span>{" "}
        {reason}
      </p>
      <ActionButton icon={X} label="Dismiss" onClick={() => dismissNote(id)} />
    </div>
  );
}
