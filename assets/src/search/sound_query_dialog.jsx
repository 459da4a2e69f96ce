// @ts-check
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { API_SEARCH_SOUNDS, SOUND_QUERY_MAX_BYTES, SOUND_QUERY_MAX_SECONDS, UPLOAD_EXTENSIONS } from "../constants.js";
import { browseUrl } from "../shared/links.js";
import { Sheet } from "../shared/sheet.jsx";
import { recordWav } from "./recorder.js";

const ACCEPT = ["audio/*", ...UPLOAD_EXTENSIONS.filter((name) => name !== "zip").map((name) => `.${name}`)].join();

/**
 * Send a sound to be measured.
 * @param {Blob} content
 * @param {string} name
 * @param {AbortSignal} signal
 * @returns {Promise<string>} The id to search with.
 */
async function measureSound(content, name, signal) {
  if (content.size > SOUND_QUERY_MAX_BYTES)
    throw new Error(`A sound to search with can be up to ${SOUND_QUERY_MAX_BYTES / 2 ** 20} MB.`);
  const response = await fetch(`${API_SEARCH_SOUNDS}?name=${encodeURIComponent(name)}`, {
    method: "POST",
    body: content,
    signal,
    headers: { "Content-Type": "application/octet-stream" },
  }).catch(() => {
    throw new Error("The server cannot be reached. Try again when you are back online.");
  });
  const result = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(result.detail || "This sound could not be read.");
  return result.id;
}

/**
 * The dialog of the sound search; a `file` that was dropped is measured at once.
 * @param {{ file: File | null, onClose: () => void, buttonClassName: string }} props
 */
export default function SoundQueryDialog({ file, onClose, buttonClassName }) {
  const navigate = useNavigate();
  const sheet = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const recording = useRef(/** @type {Awaited<ReturnType<typeof recordWav>> | null} */ (null));
  const open = useRef(new AbortController()); // aborted when the dialog is closed
  const measuring = useRef(new AbortController()); // of the latest sound
  const [status, setStatus] = useState("idle"); // idle, asking, measuring, recording
  const [problem, setProblem] = useState("");
  const [seconds, setSeconds] = useState(0);
  const measure = async (/** @type {Blob} */ content, /** @type {string} */ name) => {
    measuring.current.abort();
    recording.current?.cancel();
    recording.current = null;
    const { signal } = (measuring.current = new AbortController());
    setStatus("measuring");
    setProblem("");
    try {
      const id = await measureSound(content, name, signal);
      if (signal.aborted) return;
      sheet.current?.close();
      navigate(browseUrl({ like: id }));
    } catch (error) {
      if (signal.aborted) return;
      setProblem(error instanceof Error ? error.message : "This sound could not be read.");
    }
    setStatus("idle");
  };
  useEffect(() => {
    sheet.current?.showModal();
    const own = (open.current = new AbortController());
    return () => {
      own.abort();
      measuring.current.abort();
      recording.current?.cancel();
    };
  }, []);
  useEffect(() => {
    if (file) measure(file, file.name);
  }, [file]);
  const record = async () => {
    const { signal } = open.current;
    setProblem("");
    setStatus("asking");
    try {
      recording.current = await recordWav({
        maxSeconds: SOUND_QUERY_MAX_SECONDS,
        signal,
        onSecond: setSeconds,
        onFull: () => finish(),
      });
      setSeconds(0);
      setStatus("recording");
    } catch {
      if (signal.aborted) return;
      setStatus("idle");
      setProblem("The microphone is not available. Allow it in the browser, or choose a file.");
    }
  };
  const finish = async () => {
    const content = await recording.current?.stop();
    recording.current = null;
    if (content) measure(content, "Recording.wav");
  };
  const closed = () => {
    recording.current?.cancel();
    recording.current = null;
    onClose();
  };
  return (
    <Sheet
      sheetRef={sheet}
      label="Search with a sound"
      onClose={closed}
      className="bg-surface-3 border border-line-strong rounded-sheet w-[420px] p-6"
    >
      <h2 className="text-[20px] leading-[26px] font-semibold mb-1">Search with a sound</h2>
      <p className="text-text-2 mb-5">Choose, drop or record one. We measure it and do not keep it.</p>
      <div aria-live="polite">
        {status === "measuring" && (
          <p className="flex items-center gap-3 min-h-[48px]">
            <progress className="w-[72px]" aria-label="Measuring" />
            Measuring tempo, key and sound…
          </p>
        )}
        {status === "recording" && (
          <p className="fact text-text-1 min-h-[24px] mb-3">
            Recording {Math.floor(seconds)} of {SOUND_QUERY_MAX_SECONDS} s
          </p>
        )}
        {problem && (
          <p role="alert" className="rounded-ctl bg-bad-tint px-3 py-2.5 mb-4 text-bad">
            {problem}
          </p>
        )}
      </div>
      {status !== "measuring" && (
        <div className="grid gap-2">
          {["idle", "asking"].includes(status) && (
            <label
              className={`${buttonClassName} relative cursor-pointer focus-within:outline-2 focus-within:outline-amber`}
            >
              Choose a file
              <input
                type="file"
                accept={ACCEPT}
                className="absolute inset-0 opacity-0 cursor-pointer"
                onChange={(e) => {
                  const file = e.target.files?.[0];
                  e.target.value = "";
                  if (file) measure(file, file.name);
                }}
              />
            </label>
          )}
          {["idle", "asking"].includes(status) && (
            <button
              type="button"
              className={buttonClassName}
              aria-busy={status === "asking" || undefined}
              onClick={() => status === "idle" && record()}
            >
              Record
            </button>
          )}
          {status === "recording" && (
            <button type="button" className={buttonClassName} onClick={finish}>
              Stop and search
            </button>
          )}
          <button type="button" className="min-h-[44px] text-text-2 hover:text-text-1" data-dismiss="">
            Close
          </button>
        </div>
      )}
    </Sheet>
  );
}
