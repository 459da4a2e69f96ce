// @ts-check
// The player of a pack that is embedded in another site. A plain script without the bundle: it must stay small.
// It uses neither cookies nor storage, and can only play and open the pack's page.

const audio = /** @type {HTMLAudioElement} */ (document.querySelector("audio"));
const button = /** @type {HTMLButtonElement} */ (document.querySelector("[data-play]"));
const wave = /** @type {HTMLElement} */ (document.querySelector("[data-wave]"));
const sounds = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("[data-sound]"));

let listened = 0; // seconds since the last report
let lastTime = 0;

/** @param {string} name */
const words = (name) => button.dataset[name] ?? "";

function show() {
  button.setAttribute("aria-label", audio.paused ? words("labelPlay") : words("labelPause"));
  document.body.toggleAttribute("data-playing", !audio.paused);
  const playing = audio.paused ? "" : audio.getAttribute("src");
  sounds.forEach((sound) => sound.setAttribute("aria-pressed", String(sound.dataset.sound === playing)));
}

/** @param {string} url */
function toggle(url) {
  const isLoaded = audio.getAttribute("src") === url;
  if (isLoaded && !audio.paused) return audio.pause();
  if (!isLoaded) {
    report();
    audio.src = url;
  }
  // A page that forbids sound, or a file that is gone: the button shows that nothing plays.
  return audio.play().catch(show);
}

button.addEventListener("click", () => toggle(button.dataset.play ?? ""));
sounds.forEach((sound) => sound.addEventListener("click", () => toggle(sound.dataset.sound ?? "")));
wave.addEventListener("click", (event) => {
  if (!Number.isFinite(audio.duration)) return toggle(button.dataset.play ?? "");
  audio.currentTime = (event.offsetX / wave.clientWidth) * audio.duration;
  return audio.play().catch(show);
});
audio.addEventListener("timeupdate", () => {
  const share = audio.duration ? audio.currentTime / audio.duration : 0;
  wave.style.setProperty("--played", `${(100 * share).toFixed(2)}%`);
});
["play", "pause", "ended", "error"].forEach((name) => audio.addEventListener(name, show));

// Plays count for the creator's figures, without anything about the listener.
audio.addEventListener("timeupdate", () => {
  const step = audio.currentTime - lastTime;
  if (step > 0 && step < 1.5) listened += step;
  lastTime = audio.currentTime;
});
function report() {
  const [, kind, id] = /\/(files|packs)\/([^/]+)\/preview/.exec(audio.src) ?? [];
  const seconds = Math.round(listened * 10) / 10;
  listened = 0;
  if (!id || seconds < 1) return;
  const item = kind === "packs" ? { pack: decodeURIComponent(id) } : { file: id };
  const play = { ...item, seconds, position: Math.round(lastTime * 10) / 10, page: location.pathname };
  navigator.sendBeacon("/api/v1/plays", new Blob([JSON.stringify(play)], { type: "application/json" }));
}
audio.addEventListener("ended", report);
addEventListener("pagehide", report);
