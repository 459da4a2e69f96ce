// @ts-check
// Asks the state for news while the tab is looked at. JavaScript because only the browser knows whether it is.
import { useEffect } from "react";

const TICK_MS = 20_000;

/** @param {{ onTick: () => void }} props */
export function Ticker({ onTick }) {
  useEffect(() => {
    const tick = () => document.visibilityState === "visible" && onTick();
    tick();
    const timer = setInterval(tick, TICK_MS);
    document.addEventListener("visibilitychange", tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", tick);
    };
  }, []);
  return null;
}
