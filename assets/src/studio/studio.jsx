// @ts-check
// Small parts of the studio. JavaScript because only the browser knows the creator's time zone and files.
import { useEffect, useState } from "react";
import { API_BANNER, API_DRAFTS, API_PICTURE, COVER_TYPES } from "../constants.js";
import { localMoment, twoDigits } from "../shared/format.js";
import { usePack } from "./use_pack.js";

/**
 * Hours and minutes, as "09:05".
 * @param {Date} time
 */
const timeOfDay = (time) => `${twoDigits(time.getHours())}:${twoDigits(time.getMinutes())}`;

/**
 * When the draft was last saved. Set after the first render: the pages are rendered ahead in another time zone.
 * @param {{ at: string, className?: string }} props
 */
export function SavedAt({ at, className }) {
  const [text, setText] = useState("");
  useEffect(() => {
    if (!at) {
      setText("");
      return;
    }
    const time = new Date(at);
    const isToday = time.toDateString() === new Date().toDateString();
    setText(isToday ? timeOfDay(time) : time.toLocaleDateString([], { day: "numeric", month: "short" }));
  }, [at]);
  return (
    <p className={className} role="status">
      {text && (
        <>
          <span className="max-sm:sr-only">Saved at </span>
          <span className="sm:hidden" aria-hidden="true">
            Saved{" "}
          </span>
          <span className="fact text-text-1">{text}</span>
        </>
      )}
    </p>
  );
}

/** While a year is typed, it is 2, 20 and 202; each would be saved and come back. @param {number} year */
const isWholeYear = (year) => year >= 1000 && year <= 9999;

/**
 * A moment for the release, in the creator's own time; sent with its zone.
 * @param {{ value: string, onPlan: (moment: string) => void, className?: string }} props
 */
export function ReleaseField({ value, onPlan, className }) {
  const [local, setLocal] = useState("");
  useEffect(() => setLocal(localMoment(value)), [value]);
  const plan = (/** @type {string} */ text) => {
    setLocal(text);
    const time = new Date(text);
    if (!text) onPlan("");
    else if (isWholeYear(time.getFullYear())) onPlan(time.toISOString());
  };
  return (
    <div className="grid gap-1.5">
      <label htmlFor="draft-release" className="text-[12px] leading-[16px] font-semibold">
        Release
      </label>
      <input
        id="draft-release"
        type="datetime-local"
        value={local}
        onChange={(event) => plan(event.target.value)}
        className={className}
      />
      <p className="text-[13px] leading-[18px] text-text-3">
        {local ? "The pack comes out at this time." : "Leave empty to publish right away."}
      </p>
    </div>
  );
}

/**
 * Choosing a cover; without a draft, the picture waits for one.
 * @param {{ pack: string, onStored: () => void, onNeedPack?: () => void, className?: string }} props
 */
export function CoverField({ pack, onStored, onNeedPack, className }) {
  const withPack = usePack(pack, onNeedPack);
  const upload = (/** @type {File} */ file) =>
    new Promise((/** @type {(answer: Promise<Response | null>) => void} */ resolve) =>
      withPack((known) => resolve(putPicture(`${API_DRAFTS}/${known}/cover`, file))),
    );
  return <FileButton label="Choose cover" upload={upload} onStored={onStored} className={className} />;
}

/** @typedef {{ label: string, onStored: () => void, className?: string }} PictureProps */

/**
 * Choosing the picture of one's profile.
 * @param {PictureProps} props
 */
export function PictureField({ label, onStored, className }) {
  const upload = (/** @type {File} */ file) => putPicture(API_PICTURE, file);
  return <FileButton label={label} upload={upload} onStored={onStored} className={className} />;
}

/**
 * Choosing the banner of one's creator page.
 * @param {PictureProps} props
 */
export function BannerField({ label, onStored, className }) {
  const upload = (/** @type {File} */ file) => putPicture(API_BANNER, file);
  return <FileButton label={label} upload={upload} onStored={onStored} className={className} />;
}

/**
 * @param {string} url
 * @param {File} file
 */
const putPicture = (url, file) => fetch(url, { method: "PUT", body: file }).catch(() => null);

/**
 * A button that sends a picture as it is; the server crops it, strips it and says what is wrong with it.
 * @param {PictureProps & { upload: (file: File) => Promise<Response | null> }} props
 */
function FileButton({ label, upload, onStored, className }) {
  const [result, setResult] = useState(/** @type {{ note?: string, problem?: string }} */ ({}));
  const [isBusy, setBusy] = useState(false);
  const choose = async (/** @type {import("react").ChangeEvent<HTMLInputElement>} */ event) => {
    const [file] = event.target.files ?? [];
    event.target.value = "";
    if (!file) return;
    setBusy(true);
    setResult({});
    const answer = await upload(file);
    const body = await answer?.json().catch(() => null);
    setBusy(false);
    setResult(
      answer?.ok ? { note: body?.notes.join(" ") } : { problem: body?.detail ?? "The upload failed. Try again." },
    );
    if (answer?.ok) onStored();
  };
  return (
    <div className="grid gap-2 justify-items-start">
      <label
        className={`${className} focus-within:outline focus-within:outline-2 focus-within:outline-offset-2`}
        aria-busy={isBusy || undefined}
      >
        {isBusy ? "Uploading the image" : label}
        <input type="file" accept={COVER_TYPES.join()} className="sr-only" onChange={choose} disabled={isBusy} />
      </label>
      <p role="status" className="text-[13px] leading-[18px] text-text-2 empty:hidden">
        {result.note}
      </p>
      {result.problem && (
        <p role="alert" className="text-[13px] leading-[18px] text-bad">
          {result.problem}
        </p>
      )}
    </div>
  );
}
