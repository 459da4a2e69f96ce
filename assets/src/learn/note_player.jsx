// @ts-check
// Plays the notes of the reference cards. JavaScript because the browser makes the tones.
import { useEffect } from "react";
import * as engine from "../player/engine.js";
import { parseChords, schedule } from "./note_sounds.js";

const DEFAULT_BEAT = 0.5;

/** Listens to presses of buttons with `data-play`; a new press ends what still sounds. */
export function NotePlayer() {
  useEffect(() => {
    /** @type {AudioContext | null} */
    let context = null;
    /** @type {GainNode | null} */
    let output = null;
    const press = (/** @type {MouseEvent} */ event) => {
      const button = event.target instanceof Element ? event.target.closest("[data-play]") : null;
      const chords = parseChords(button?.getAttribute("data-play"));
      if (!button || !chords.length) return;
      context ??= new AudioContext();
      context.resume();
      output?.disconnect();
      output = context.createGain();
      output.connect(context.destination);
      if (engine.current().isPlaying) engine.toggle();
      schedule(context, output, chords, Number(button.getAttribute("data-beat")) || DEFAULT_BEAT);
      document.body.setAttribute("data-notes-played", String(chords.flat().length));
    };
    document.addEventListener("click", press);
    return () => {
      document.removeEventListener("click", press);
      context?.close();
    };
  }, []);
  return null;
}
